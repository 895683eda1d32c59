(() => {
  const make = (tag, more) => Object.assign(document.createElement(tag), more);
  for (const root of document.querySelectorAll(".CONTENT_ID:not([data-made])")) {
    const [title, when, scene, every] = root.children, moments = [...every.querySelectorAll("tbody > tr")];
    const cells = [...scene.querySelectorAll("td")], things = () => [...scene.querySelectorAll("span")];
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches, last = moments.length - 1;
    const unit = every.querySelector("th").textContent.replace("time in ", "");
    const text = one => one.textContent, copies = cell => [...cell.children].map(one => one.cloneNode(true));
    const inside = cell => `${text(cell.previousElementSibling)}: ${[...cell.children].map(text).join(", ") || "nothing"}`;
    let at = 0, playing = 0;
    const go = (to, moves = !calm) => {
      at = Math.min(Math.max(to, 0), last);
      const row = moments[at].cells, before = new Map(things().map(one => [text(one), one.getBoundingClientRect()]));
      cells.forEach((cell, index) => cell.replaceChildren(...copies(row[index + 1])));
      const event = row[cells.length + 1]?.textContent;
      when.textContent = `At ${text(row[0])} ${unit}${event ? ": " + event : ""}`;
      slider.value = at;
      slider.ariaValueText = [text(when), ...cells.map(inside)].join("; ");
      for (const one of moves ? things() : []) {
        const from = before.get(text(one)), now = one.getBoundingClientRect();
        const away = from && `translate(${from.left - now.left}px, ${from.top - now.top}px)`;
        if (from) one.animate([{ transform: away }, { transform: "none" }], 400);
      }
    };
    const stop = () => { clearInterval(playing); playing = 0; button.textContent = "Play"; };
    const tick = () => { if (at === last || !root.isConnected) stop(); else go(at + 1); };
    const play = () => {
      if (playing) return stop();
      if (at === last) go(0);
      playing = setInterval(tick, 900); button.textContent = "Pause";
    };
    const look = "background:#eeeeee;color:#222222;border:1px solid #767676;padding:0.2em 0.8em;min-width:5em";
    const button = make("button", { type: "button", textContent: "Play", style: look, hidden: calm, onclick: play });
    const slider = make("input", { type: "range", min: 0, max: last, style: "flex:1;min-width:0;background:transparent" });
    const bar = make("div", { style: "display:flex;gap:0.8em;align-items:center;padding:0.3em 0" });
    slider.style.accentColor = "#0072b2";
    slider.ariaLabel = `${text(title)}: which moment`;
    slider.oninput = () => { stop(); go(Number(slider.value)); };
    slider.onkeydown = event => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -last, End: last }[event.key];
      if (by === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault(); event.stopPropagation(); stop(); go(at + by);
    };
    root.dataset.made = ""; bar.append(button, slider); title.after(bar);
    const tallest = cells.map(() => 0);  // so that nothing below jumps
    moments.forEach((_, moment) => {
      go(moment, false);
      cells.forEach((cell, index) => { tallest[index] = Math.max(tallest[index], cell.offsetHeight); });
    });
    cells.forEach((cell, index) => Object.assign(cell.style, { boxSizing: "border-box", height: `${tallest[index]}px` }));
    addEventListener("beforeprint", () => go(moments.length >> 1, false));
    go(0, false);
  }
})();
