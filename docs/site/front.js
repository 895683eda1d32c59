// The first page: one level. That it is passed is kept where the page of all levels keeps it.
const goqueueFront = level => {
  const done = preemptions => {
    document.getElementById("next").hidden = false;
    try {
      const passed = JSON.parse(localStorage.getItem("goqueue-levels")) || {};
      passed[level.id] = Math.min(preemptions, passed[level.id] ?? preemptions);
      localStorage.setItem("goqueue-levels", JSON.stringify(passed));
    } catch { /* kept nowhere */ }
  };
  goqueuePlay(document.getElementById("game"), level, done);
};
