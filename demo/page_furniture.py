"""What a CMS puts into every page beside text and links: styles, icons and scripts, the same on all sites.

Written by pattern, so that the sizes are right and no line means anything. Holds no text that a reader sees.
"""

_COMPONENTS = (
    "header", "mega-menu", "breadcrumb", "accordion", "teaser", "share-bar", "footer", "cookie-banner", "contact-box",
    "opening-hours", "search-field", "neighbour-list",
)  # fmt: skip
_BREAKPOINTS_PX = (576, 768, 992, 1200)
_ICONS = ("arrow", "search", "mail", "phone", "pin", "close", "menu", "file", "share", "calendar")


def _component_styles(name: str) -> str:
    return (
        f".c-{name}{{display:flex;flex-wrap:wrap;margin:0 auto;padding:var(--space-2) var(--space-3)}}"
        f".c-{name}__item{{flex:0 0 auto;line-height:1.5;color:var(--colour-text)}}"
        f".c-{name}__item:hover,.c-{name}__item:focus{{text-decoration:underline;outline:2px solid transparent}}\n"
    )


def _breakpoint_styles(width_px: int) -> str:
    rules = "".join(f".c-{name}{{max-width:{width_px - 24}px}}" for name in _COMPONENTS)
    return f"@media (min-width:{width_px}px){{{rules}}}\n"


def _icon(name: str) -> str:
    place = _ICONS.index(name)
    path = "".join(f"l{(place * 7 + step * 5) % 9 - 4} {(place * 3 + step * 11) % 9 - 4}" for step in range(18))
    return f'<symbol id="icon-{name}" viewBox="0 0 24 24"><path fill="currentColor" d="M12 12{path}z"/></symbol>'


def _component_script(name: str) -> str:
    return (
        f'window.site.register("{name}",function(element,options){{if(!element){{return}}'
        f'element.querySelectorAll("[data-{name}]").forEach(function(part){{part.addEventListener("click",'
        'function(){part.classList.toggle("is-open")})})});\n'
    )


STYLES = (
    "<style>\n:root{--space-1:4px;--space-2:8px;--space-3:16px;--colour-text:#1a1a1a;--colour-link:#00507d}\n"
    + "".join(map(_component_styles, _COMPONENTS))
    + "".join(map(_breakpoint_styles, _BREAKPOINTS_PX))
    + "</style>\n"
)
ICONS = f'<svg xmlns="http://www.w3.org/2000/svg" style="display:none">{"".join(map(_icon, _ICONS))}</svg>\n'
SCRIPTS = f"<script>\n{''.join(map(_component_script, _COMPONENTS))}</script>\n"
LINK_ICON = '<svg><use href="#icon-arrow"/></svg>'
