"""Pictures of reports: PNG, SVG, and a page that holds all of it.

>>> drawn = panels.read(reports.load(Path("report.json")))
>>> Path("report.html").write_bytes(page.page(drawn))
"""
