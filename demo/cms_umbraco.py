"""Pages in the manner of Umbraco: `<main>`, menus of lists, `<details>` accordions, `<dl>` opening hours.

In: a `View`. Out: HTML text.
"""

from demo.cms import View, anchor, bare_widget, blocks, head, items, note, text


def render(view: View) -> str:
    body = bare_widget(view) if view.is_bare else _main(view)
    return f"{head(view, generator='Umbraco')}<body>\n{_header(view)}{body}{_footer(view)}</body>\n</html>\n"


def _header(view: View) -> str:
    return (
        '<div id="cookie-information" class="cookie-banner" role="dialog">'
        "<p>Vi bruger cookies til statistik. "
        "Du kan vælge dem til eller fra.</p>"
        "<button>Accepter alle</button><button>Kun nødvendige</button></div>\n"
        f'<header class="site-header"><a class="logo" href="/">{text(view.owner)}</a>'
        f'<nav class="main-navigation" aria-label="Hovedmenu">'
        f"<ul>{items(view.navigation)}</ul></nav></header>\n"
        f'<nav class="breadcrumb" aria-label="Brødkrumme"><ol>{items(view.breadcrumbs)}</ol></nav>\n'
    )


def _main(view: View) -> str:
    teasers = "".join(
        f'<li class="teaser">{anchor(teaser.link)}<p>{text(teaser.text)}</p></li>' for teaser in view.teasers
    )
    listing = f'<ul class="subpages">{teasers}</ul>' if teasers else ""
    updated = f'<p class="page-meta">{text(view.updated)}</p>' if view.updated else ""
    related = f'<aside class="related"><h2>Relateret</h2><ul>{items(view.related)}</ul></aside>' if view.related else ""
    return (
        f'<main id="content">\n<article class="article">\n<h1>{text(view.title)}</h1>\n'
        f"{blocks(view)}{listing}</article>\n"
        f"{updated}{related}\n</main>\n"
    )


def _footer(view: View) -> str:
    shortcuts = f'<ul class="shortcuts">{items(view.shortcuts)}</ul>' if view.shortcuts else ""
    return (
        f'<footer class="site-footer">{shortcuts}{note(view)}<p>{text(view.owner)}, Rådhuset</p>'
        f'<p><a href="mailto:post@{view.apex_host}">Skriv til os</a> '
        '<a href="tel:+4500000000">Ring til os</a></p>'
        '<p><a href="#content">Til toppen</a></p></footer>\n'
    )
