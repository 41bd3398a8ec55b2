"""Report: one self-contained right-to-left HTML file out of a run's tables; it needs no network and sends nothing.

figures  the numbers, out of DuckDB
change   who changed position: change-points with their evidence
charts   drawings, as SVG
page     joins them with `page.html`, `style.css` and `script.js`
"""

from serving.archive.report.page import report_of

__all__ = ["report_of"]
