"""How a command meets a person: sections, options, session, what is printed and asked."""
