(() => {
  const make = (tag, style = "", more = {}) => Object.assign(document.createElement(tag), { style, ...more });
  for (const root of document.querySelectorAll(".CONTENT_ID:not([tabindex])")) {
    const rows = [...root.querySelectorAll("tbody > tr")], steps = rows.filter(row => row.cells[0].scope);
    const changes = steps.map(row => [...row.lastElementChild.children]), name = one => one.firstChild.textContent;
    const names = [...new Set(changes.flat().map(name))], heads = root.querySelectorAll("thead th");
    const who = row => row.cells[1].scope ? row.cells[1]
      : heads[[...row.cells].findIndex((cell, column) => column && cell.firstChild)];
    const bar = make("div"), said = make("span"), state = make("div", "padding:0.4em 0"), box = root.firstElementChild;
    let at = 0;
    const go = to => {
      at = Math.min(Math.max(to, 0), steps.length);
      const now = steps[at - 1], last = at && at < steps.length ? rows.indexOf(now) : rows.length;
      rows.forEach((row, index) => { row.style.visibility = index > last ? "hidden" : "visible"; });
      steps.forEach((row, index) => { row.style.outline = row === now ? "3px solid #0072b2" : "";
        row.cells[0].textContent = (row === now ? "▶ " : "") + (index + 1); });
      said.textContent = now ? `step ${at} of ${steps.length}: ${who(now).textContent}` : `all ${steps.length} steps`;
      state.replaceChildren(names.length ? "Shared state: " : "", ...names.map(key => {
        const one = changes.slice(0, at || steps.length).flat().filter(one => name(one) === key).at(-1);
        return make(now && changes[at - 1].includes(one) ? "b" : "span",
          "display:inline-block;margin-right:1.5em;font-family:monospace",
          { textContent: one ? one.textContent : key + ": not yet" });
      }));
      box.scrollTop = now ? now.offsetTop - box.clientHeight / 2 : 0;
    };
    const look = "background:#eeeeee;color:#222222;border:1px solid #767676;padding:0.2em 0.8em;margin-right:0.5em";
    for (const [textContent, to] of [["Back", () => at - 1], ["Next", () => at + 1], ["All", () => 0]])
      bar.append(make("button", look, { type: "button", textContent, onclick: () => go(to()) }));
    const onkeydown = event => {
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps.length }[event.key];
      if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault(); event.stopPropagation(); go(to);
    };
    const ariaLabel = root.querySelector("caption").textContent + ": step with the arrow keys";
    Object.assign(root, { tabIndex: 0, role: "group", ariaLabel, onkeydown }); said.ariaLive = "polite";
    heads.forEach(head => { head.style.position = "sticky"; head.style.top = "-1px"; });
    bar.append(said); root.prepend(bar, state); go(0);
  }
})();
