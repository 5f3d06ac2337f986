"""What holders of AIM decide: proposals, what they would do, and votes on them."""
