/** The stylesheet of all pages. The values of the tokens are measured for contrast. */
export const STYLESHEET = `
:root {
  color-scheme: dark light;
  --bg: #0e1113; --surface: #15191c; --raised: #1d2327;
  --text: #f1f4f5; --muted: #a3aeb5; --accent: #3ddc97; --on-accent: #06291a;
  --warn: #f5b84b; --edge: #6e7a82; --line: #2b3338; --cover: #1d2327; --focus: #9ff5cf;
}
@media (prefers-color-scheme: light) {
  :root {
    --bg: #f7f9f9; --surface: #fff; --raised: #fff;
    --text: #12181b; --muted: #54616a; --accent: #0a7548; --on-accent: #fff;
    --warn: #855600; --edge: #74818a; --line: #d9e0e3; --cover: #e6ebed; --focus: #0a7548;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 72px; }
body {
  margin: 0; background: var(--bg); color: var(--text);
  font: 16px/24px system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
a { color: inherit; }
a:hover { color: var(--accent); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; box-shadow: 0 0 0 5px var(--bg); }
h1, h2 { margin: 0; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 16px; top: 8px; z-index: 2; background: var(--raised); padding: 8px; }
header.top {
  position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center;
  padding: 4px 16px; background: var(--bg); border-bottom: 1px solid var(--line);
}
header.top .name { font-weight: 650; text-decoration: none; padding: 10px 0; }
header.top search { flex: 1 1 260px; max-width: 720px; }
form.search { display: flex; gap: 8px; }
input[type=search] { flex: 1; min-width: 0; }
input, select, button, .button {
  height: 44px; font: inherit; color: var(--text); background: var(--raised);
  border: 1px solid var(--edge); border-radius: 8px; padding: 0 12px;
}
.button { display: inline-flex; align-items: center; text-decoration: none; }
.primary { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
.primary:hover { color: var(--on-accent); }
main { max-width: 1760px; margin: 0 auto; padding: 16px; }
.bar { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin-bottom: 16px; color: var(--muted); }
.bar form { display: flex; gap: 8px; margin-left: auto; }
.chip {
  display: inline-flex; align-items: center; min-height: 32px; padding: 0 12px; border: 1px solid var(--edge);
  border-radius: 999px; background: var(--raised); color: var(--text); text-decoration: none; font-size: 14px;
}
.notice { margin: 0 0 16px; padding: 12px 16px; border-left: 4px solid var(--warn); background: var(--surface); }
.grid {
  list-style: none; margin: 0; padding: 0; display: grid; gap: 24px 20px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr));
}
.card { position: relative; }
.picture {
  position: relative; display: grid; place-items: center; aspect-ratio: 16 / 9; overflow: hidden;
  border-radius: 12px; background: var(--cover); color: var(--muted);
}
.picture img { width: 100%; height: 100%; object-fit: contain; }
.picture::after {
  content: ""; position: absolute; inset: 0; border-radius: inherit; pointer-events: none;
  box-shadow: inset 0 0 0 1px rgb(127 127 127 / .28);
}
.badge {
  position: absolute; padding: 2px 6px; border-radius: 4px; color: #fff; background: rgb(0 0 0 / .78);
  font: 600 12px/16px system-ui, sans-serif;
}
.badge.length { right: 8px; bottom: 8px; }
.badge.state { left: 8px; top: 8px; }
.card h2 {
  margin-top: 8px; font-size: 15px; line-height: 20px; font-weight: 600; overflow: hidden; overflow-wrap: anywhere;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
}
.card h2 a { text-decoration: none; }
.card h2 a::after { content: ""; position: absolute; inset: 0; }
.meta { margin: 2px 0 0; color: var(--muted); font-size: 13px; line-height: 18px; overflow-wrap: anywhere; }
.card .meta a { position: relative; text-decoration: none; }
.meta a:hover { color: var(--accent); }
.more { display: flex; justify-content: center; margin: 32px 0; }
.close { margin: 40px 0 16px; font-size: 20px; }
.clip { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); max-width: 1100px; margin: 0 auto; }
.player {
  width: 100%; height: auto; aspect-ratio: 16 / 9; max-height: 75vh; border-radius: 12px; background: #000; object-fit: contain;
}
.cover { display: grid; place-content: center; justify-items: center; gap: 16px; background: var(--cover); }
.clip h1 { font-size: 24px; line-height: 32px; font-weight: 600; overflow-wrap: anywhere; }
.by { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; color: var(--muted); }
.by a { text-decoration: none; color: var(--text); }
.by a:hover { color: var(--accent); }
.avatar { width: 32px; height: 32px; border-radius: 50%; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
.message { white-space: pre-wrap; overflow-wrap: anywhere; }
.message a { color: var(--accent); }
.spoiler { display: inline-block; border: 1px solid var(--line); border-radius: 4px; padding: 0 8px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px; margin: 8px 0 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
.status { max-width: 640px; margin: 15vh auto; display: grid; gap: 16px; justify-items: start; }
.status h1 { font-size: 28px; line-height: 34px; font-weight: 650; }
.status p { margin: 0; }
.empty { display: grid; gap: 16px; justify-items: start; margin: 10vh auto; max-width: 640px; }
.empty p { margin: 0; }
@media (max-width: 500px) {
  header.top .name { flex: 1; min-width: 0; }
  header.top search { order: 1; flex-basis: 100%; }
  main.wide .picture { border-radius: 0; margin: 0 -16px; }
  .clip h1 { font-size: 20px; line-height: 26px; }
}
`;
