"""The settings of the book, for Sphinx; `make_book.py` beside this file runs it.

The book shows the stored outputs of the notebooks. Neither the build nor a page fetches anything from the network.
"""

from make_book import anchor
from sphinx.application import Sphinx

project = "goqueue"
language = "en"
html_title = "goqueue: a job queue, and its bugs on demand"
extensions = ["myst_nb"]
nb_execution_mode = "off"  # `goqueue notebooks` runs them, and the tests compare what they show
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # they come from the network, and no notebook has widgets
myst_enable_extensions: list[str] = []  # a "$" in a payload is a dollar
myst_heading_anchors = 3

html_theme = "sphinx_book_theme"
html_theme_options = {
    "footer_content_items": [],
    "navbar_persistent": [],  # the search field is at the side
    "show_toc_level": 2,
}
html_context = {"default_mode": "light"}  # as the notebooks are; the button at the top right changes it
html_static_path = ["book.css"]
html_css_files = ["book.css"]
html_show_sphinx = False
html_use_index = False  # there is nothing in it


def setup(app: Sphinx) -> None:
    """Let a link to a heading work in the book as it does on GitHub, and in a notebook as it does in JupyterLab."""
    app.connect("source-read", choose_anchors)


def choose_anchors(app: Sphinx, name: str, text: list[str]) -> None:
    """Choose how links call the headings of one page, before it is read."""
    app.env.myst_config.heading_slug_func = anchor if name.startswith("notebooks/") else None
