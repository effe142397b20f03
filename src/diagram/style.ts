/**
 * How the diagram looks. Colors are custom properties of the page; by default they follow its `color-scheme`, with the contrast that WCAG asks for at
 * level AA: 4.5 for text, 3 for shapes.
 */
export const STYLE = `
:host{display:block;position:relative;font:12px/1 system-ui,sans-serif;font-variant-numeric:tabular-nums;
--g:var(--rx-sse-ground,light-dark(#fff,#1c2024));--t:var(--rx-sse-text,light-dark(#1d2023,#e8eaec));
--f:var(--rx-sse-faint,light-dark(#5f6468,#9aa3ab));--a:var(--rx-sse-accent,light-dark(#0f766e,#5eead4));
--w:var(--rx-sse-warn,light-dark(#b45309,#fbbf24));--b:var(--rx-sse-bad,light-dark(#b91c1c,#f87171))}
svg{display:block;width:100%;height:148px;background:var(--g);fill:none;stroke:var(--f);stroke-width:2;mask-image:linear-gradient(90deg,#0000,#000 2em)}
text{fill:var(--t);stroke:none}
p{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.middle,.ruler{text-anchor:middle}
.ruler{fill:var(--f)}
.thin{stroke-width:1;stroke-opacity:.5}
.count{fill:var(--w);font-weight:600}
[data-kind=open],[data-kind=event]{stroke:var(--a);fill:var(--a)}
[data-kind=open] line{stroke-width:4}
[data-kind=connecting]{fill:var(--g)}
[data-kind=connecting] line{stroke-dasharray:6 4}
[data-kind=waiting],.due{stroke:var(--w)}
[data-kind=waiting] line,.due{stroke-dasharray:2 4}
[data-kind=paused] line{stroke-dasharray:1 7}
[data-kind=gap],[data-kind=failed]{stroke:var(--b);fill:var(--b)}
[data-kind=closed]{stroke:var(--t)}
[data-kind=closed] line,[data-kind=failed] line{stroke:none}
[data-kind=snapshot],[data-kind=role]{fill:var(--f)}
@media (forced-colors:active){:host{--g:Canvas;--t:CanvasText;--f:CanvasText;--a:Highlight;--w:CanvasText;--b:CanvasText}}
`;
