/** How long a sentence stays where ears find it, in milliseconds. */
const keptFor = 5_000;

/** Makes what speaks: two regions that are there, and empty, from the start. */
export function makeVoice(): (sentence: string, urgent?: boolean) => void {
  const [polite, urgent] = (["log", "alert"] as const).map((role) => {
    const e = document.createElement("div");
    e.className = "unseen";
    e.setAttribute("role", role);
    document.body.append(e);
    return e;
  });
  return (sentence, loud) => {
    const p = document.createElement("p");
    p.textContent = sentence;
    (loud ? urgent : polite)?.append(p);
    setTimeout(() => p.remove(), keptFor);
  };
}
