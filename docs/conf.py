"""How Sphinx builds this documentation: `sphinx-build -n -W docs docs/_build/html`."""

from importlib.metadata import version as installed_version

project = "nsroute"
author = "The nsroute authors"
copyright = f"2026, {author}"
release = version = installed_version("nsroute")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"nsroute {release}"
html_static_path = ["_static"]
html_css_files = ["sessions.css"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
default_role = "code"  # docstrings write names as `Room`, as Markdown would

# What is not nsroute's, or not public: this documentation does not hold it.
nitpick_ignore_regex = [("py:.*", r"(?!nsroute\.).*"), ("py:.*", r"nsroute\.[a-z].*")]
