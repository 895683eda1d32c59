(() => {
  const look = "background:#eeeeee;color:#222222;border:1px solid #767676;padding:0.1em 0.6em;margin-left:0.4em";
  for (const root of document.querySelectorAll(".CONTENT_ID:not([data-ready])")) {
    root.dataset.ready = "yes";
    const body = root.querySelector("tbody"), said = document.createElement("p"), used = new Set();
    const letter = row => row.cells[0].textContent.trim();
    const say = () => {
      const letters = [...body.rows].filter(row => used.has(row)).map(letter).join(" ");
      said.textContent = letters ? "Your answer: " + root.dataset.call.replace("LETTERS", letters)
        : "Use a line, then move it. No line is used yet.";
    };
    const settle = (row, button) => {
      [...body.rows].filter(one => used.has(one)).concat([...body.rows].filter(one => !used.has(one)))
        .forEach(one => body.append(one));
      for (const one of body.rows) {
        one.cells[1].style.borderLeft = used.has(one) ? "4px solid #0072b2" : "4px dashed #767676";
        one.buttons[0].textContent = used.has(one) ? "Leave out" : "Use";
        one.buttons[1].disabled = one.buttons[2].disabled = !used.has(one);
      }
      say(); button && (button.disabled ? row.buttons[0] : button).focus();
    };
    for (const row of body.rows) {
      const cell = row.insertCell(), name = "line " + letter(row);
      row.buttons = ["Use", "Up", "Down"].map(text => Object.assign(document.createElement("button"),
        { type: "button", style: look, textContent: text }));
      row.buttons[1].ariaLabel = "Move up: " + name; row.buttons[2].ariaLabel = "Move down: " + name;
      row.buttons[0].setAttribute("aria-describedby", row.cells[1].id);
      row.buttons[0].onclick = () => { used.has(row) ? used.delete(row) : used.add(row); settle(row, row.buttons[0]); };
      row.buttons[1].onclick = () => { const to = row.previousElementSibling;
        to && body.insertBefore(row, to); settle(row, row.buttons[1]); };
      row.buttons[2].onclick = () => { const to = row.nextElementSibling;
        to && used.has(to) && body.insertBefore(to, row); settle(row, row.buttons[2]); };
      cell.append(...row.buttons);
    }
    said.setAttribute("aria-live", "polite"); said.style = "font-family:monospace"; root.append(said); settle();
  }
})();
