/** @jsxImportSource ./view */
import type { Happening } from "../talk/log";
import { isolate } from "../words/words";
import { type App, known, refused } from "./app";
import { NewChat } from "./chat";
import { nameOf } from "./names";
import { shown } from "./shown";
import { saveTranscript } from "./transcript";
import { TextField } from "./form";
import type { Child, View } from "./view/jsx-runtime";

/** Why it ended, in words. */
export function endText(a: App): string {
  switch (a.s.ended?.reason) {
    case "AGENT_CONCLUDED": {
      const lead = a.s.log.findLast((l): l is Happening => l.kind === "joined" && l.role === "LEAD");
      return a.say("ended.agent", { name: isolate(nameOf(a, lead?.clientId ?? 0, lead?.name)) });
    }
    case "END_USER_CONCLUDED":
      return a.say("ended.you");
    case "QUEUE_TIMEOUT":
      return a.say("ended.queue");
    case "IDLE_TIMEOUT":
      return a.say("ended.idle");
    case "EJECTED":
      return a.say("ended.ejected");
    case "NO_AGENTS_AVAILABLE":
      return a.say("ended.noAgents");
    default:
      return a.say("ended.other");
  }
}

/** What can be done when it is over. */
export function Ended({ a }: { a: App }): View {
  return (
    <section class="ended" aria-labelledby="over">
      <h2 id="over" tabindex="-1">
        {shown(endText(a))}
      </h2>
      {a.s.agents.length > 0 || a.s.log.some((l) => l.kind === "joined") ? <Rate a={a} /> : null}
      <div class="row">
        <button type="button" disabled={a.ui.busy === "save"} onClick={() => void saveTranscript(a)}>
          {a.say("ended.save")}
        </button>
        {a.ui.door?.mailTranscripts && <Mail a={a} />}
      </div>
      {a.s.letters.map((l) => (
        <p key={l.emailAddress} role="status">
          {shown(a.say({ WAITING: "ended.willMail" as const, SENT: "ended.mailed" as const, FAILED: "ended.notMailed" as const }[l.state], { email: isolate(l.emailAddress) }))}
        </p>
      ))}
      {a.ui.errors["ended"] && (
        <p class="field-error" role="alert">
          {a.ui.errors["ended"]}
        </p>
      )}
      <NewChat a={a} />
    </section>
  );
}

const stars = [1, 2, 3, 4, 5];

function Rate({ a }: { a: App }): View {
  if (a.s.rating) {
    return <p role="status">{a.say("ended.rated")}</p>;
  }
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    const comment = (e.target as HTMLElement).querySelector("textarea")?.value ?? "";
    a.set({ busy: "rate", errors: {} });
    const o = await a.v.do("rate", { stars: a.ui.score, comment });
    a.set({ busy: "", ...(o?.kind !== "answer" && { errors: { ended: refused(a, o) } }) });
    if (o?.kind === "answer") {
      a.emit("rated", { score: a.ui.score });
    }
  };
  return (
    <form onSubmit={(e: Event) => void send(e)}>
      <fieldset>
        <legend>{a.say("ended.rate")}</legend>
        <div class="row">
          <span aria-hidden="true">{a.say("ended.bad")}</span>
          {stars.map((n) => (
            <label key={n} class="star">
              <input type="radio" name="score" aria-label={[a.say("ended.score", { n, max: 5 }), n === 1 ? a.say("ended.bad") : n === 5 ? a.say("ended.good") : ""].join(" ").trim()} onChange={() => a.set({ score: n })} />
              <span aria-hidden="true">{n}</span>
            </label>
          ))}
          <span aria-hidden="true">{a.say("ended.good")}</span>
        </div>
      </fieldset>
      {a.ui.score > 0 && (
        <>
          <label for="comment">{a.say("ended.comment")}</label>
          <textarea id="comment" rows="2" dir="auto" maxlength="1000" />
          <button class="main" disabled={a.ui.busy === "rate"}>
            {a.say("ended.sendRating")}
          </button>
        </>
      )}
    </form>
  );
}

/** Has the transcript mailed, and then says what became of it, as the server knows it. */
function Mail({ a }: { a: App }): Child {
  const mail = async (): Promise<void> => {
    const email = known(a, "email");
    if (!/^\S+@\S+$/.test(email)) {
      a.set({ mailing: true, errors: a.ui.mailing ? { email: a.say("widget.badEmail") } : {} });
      return;
    }
    a.set({ busy: "mail", errors: {} });
    const o = await a.v.do("mailTranscript", email);
    a.set({ busy: "", mailing: false, ...(o?.kind !== "answer" && { errors: { ended: refused(a, o) } }) });
    for (let wait = 1000; wait < 120_000 && a.v.state().letters.some((l) => l.state === "WAITING"); wait *= 2) {
      await new Promise((done) => setTimeout(done, wait));
      await a.v.do("letters");
    }
  };
  return (
    <>
      {a.ui.mailing && <TextField a={a} name="email" label={a.say("widget.email")} kind="email" needed />}
      <button type="button" disabled={a.ui.busy === "mail"} onClick={() => void mail()}>
        {a.say("ended.mail")}
      </button>
    </>
  );
}
