// A page that is served follows its run: it asks for what it lacks, once a second.
function startLive() {
  const source = data.live;
  if (!source) return;
  const save = byId("save");
  save.hidden = false;
  save.href = `${source}/save`;
  let wait = 1000;
  const ask = async () => {
    try {
      const known = `since=${data.revision}&texts=${data.texts.length}&outcomes=${data.outcomes.length}`;
      const answer = await fetch(`${source}/data?${known}`, { cache: "no-store" });
      const part = await answer.json();
      if (!answer.ok) throw new Error(part.error ?? `status ${answer.status}`);
      wait = 1000;
      byId("banner").hidden = true;
      if (part.revision !== data.revision) {
        const followed = app.selected === (data.state.best ?? 0) && data.state.reason === null;
        merge(part);
        tell("data");
        if (followed && data.state.best !== null && data.state.best !== app.selected) select(data.state.best);
      }
    } catch (error) {
      wait = Math.min(wait * 2, 15000);
      byId("banner").hidden = false;
      byId("banner").textContent = data.state.reason === null
        ? `Not connected to the run (${error.message}); trying again. What was seen so far stays.`
        : "The server has stopped. The run is over; this page holds all of it.";
      if (data.state.reason !== null) return;
    }
    setTimeout(ask, wait);
  };
  setTimeout(ask, wait);
}
