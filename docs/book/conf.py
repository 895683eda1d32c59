"""The settings of the book, for Sphinx; `make_book.py` beside this file calls it.

What the notebooks show is taken as it is stored. Nothing is fetched, neither by the build nor by a page.
"""

project = "goqueue"
language = "en"
html_title = "goqueue: a job queue, and its bugs on demand"
extensions = ["myst_nb"]
nb_execution_mode = "off"  # `goqueue notebooks` runs them, and the tests compare what they show
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # they come from the network, and no notebook has widgets
myst_enable_extensions: list[str] = []  # a "$" in a payload is a dollar
myst_heading_anchors = 3
myst_heading_slug_func = "make_book.anchor"

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
