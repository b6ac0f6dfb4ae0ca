"""How Sphinx builds this documentation: `sphinx-build -n -W docs docs/_build/html`."""

import os
from importlib.metadata import metadata

project = "nsroute"
author = "The nsroute authors"
copyright = f"2026, {author}. MIT license"
package = metadata("nsroute")
release = version = package["Version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"nsroute {release}"
html_static_path = ["_static"]
html_logo = html_favicon = "_static/logo.svg"
html_css_files = ["site.css"]
html_js_files = [("copy.js", {"defer": "defer"})]
templates_path = ["_templates"]
# Where the site is: the picture of a link to it needs a whole address.
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "")
html_context = {"site": html_baseurl}
pygments_dark_style = "a11y-dark"  # as legible as the theme's own style for the day
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#4f46e5",
        "color-brand-content": "#4f46e5",
    },
    "dark_css_variables": {
        "color-brand-primary": "#a5b4fc",
        "color-brand-content": "#a5b4fc",
    },
}
# Where the repository is: pyproject.toml says it, or else the site's own build.
links = dict(link.split(", ", 1) for link in package.get_all("Project-URL") or [])
cloned = os.environ.get("READTHEDOCS_GIT_CLONE_URL", "").removesuffix(".git")
repository = links.get("Repository", cloned)
if repository.startswith("https://"):
    html_theme_options |= {
        "source_repository": repository,
        "source_branch": "main",
        "source_directory": "docs/",
        "footer_icons": [
            {"name": "Repository", "url": repository, "html": "Repository", "class": ""}
        ],
    }

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
