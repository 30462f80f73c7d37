import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../../look/dialog";
import { Field } from "../../look/field";
import type { Reply } from "../../talk/wireagent";
import { failed } from "../chat/ask";
import { useCell, usePage } from "../page";

/** The fields that a reply can have (docs/agent-api.md). */
const fields = "{visitor.firstName} {visitor.lastName} {visitor.email} {agent.name} {field.NAME}";

/** What is being written: a new reply has no number yet. */
type Draft = Pick<Reply, "id" | "title" | "text">;

/** An agent's own replies: made, changed and deleted. They stand in the "/" list of every chat. */
export function OwnReplies() {
  const page = usePage();
  const { agent, words } = page;
  const replies = useCell(page.replies);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [asking, setAsking] = useState<Reply | null>(null);
  const [wrong, setWrong] = useState("");
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);

  const load = async (): Promise<void> => {
    const o = await agent.replies();
    if (o.kind === "answer") {
      setWrong("");
      page.replies.set(o.value);
    } else {
      setWrong(failed(words, o));
    }
  };
  useEffect(() => void load(), []);

  const change = (own: Reply[]): void => {
    const now = page.replies.get();
    if (now !== null) {
      page.replies.set({ ...now, own });
    }
  };
  const save = async (): Promise<void> => {
    if (draft === null || busy) {
      return;
    }
    if (draft.title.trim() === "" || draft.text.trim() === "") {
      setMissing(true);
      return;
    }
    setBusy(true);
    const o = await agent.saveReply(draft);
    setBusy(false);
    if (o.kind !== "answer") {
      setWrong(words.say("common.notSaved", { reason: failed(words, o) }));
      return;
    }
    const { reply } = o.value;
    const own = replies?.own ?? [];
    change(own.some((r) => r.id === reply.id) ? own.map((r) => (r.id === reply.id ? reply : r)) : [...own, reply]);
    setWrong("");
    setMissing(false);
    setDraft(null);
    page.voice.say(words.say("common.saved"));
  };
  const remove = async (reply: Reply): Promise<void> => {
    setAsking(null);
    const o = await agent.deleteReply(reply.id);
    if (o.kind === "answer") {
      change((replies?.own ?? []).filter((r) => r.id !== reply.id));
    } else {
      setWrong(failed(words, o));
    }
  };

  const needed = (value: string): string | undefined => (missing && value.trim() === "" ? words.say("replies.bothNeeded") : undefined);

  return (
    <section class="own-replies" aria-labelledby="own-replies">
      <h2 id="own-replies">{words.say("replies.own")}</h2>
      {replies === null && wrong === "" && <p class="meta">{words.say("common.loading")}</p>}
      {replies !== null && replies.own.length === 0 && draft === null && <p class="meta">{words.say("replies.empty")}</p>}
      <ul>
        {replies?.own.map((r) => (
          <li key={r.id}>
            <h3>
              <bdi>{r.title}</bdi>
            </h3>
            <p class="said" dir="auto">
              {r.text}
            </p>
            <div class="row">
              <button type="button" aria-label={words.say("visitor.editField", { field: r.title })} onClick={() => setDraft({ id: r.id, title: r.title, text: r.text })}>
                {words.say("common.edit")}
              </button>
              <button type="button" aria-label={words.say("replies.deleteNamed", { title: r.title })} onClick={() => setAsking(r)}>
                {words.say("common.delete")}
              </button>
            </div>
          </li>
        ))}
      </ul>
      {wrong !== "" && (
        <p class="field-error" role="alert">
          {wrong}
        </p>
      )}
      {draft === null ? (
        <button type="button" onClick={() => setDraft({ id: 0, title: "", text: "" })}>
          {words.say("replies.new")}
        </button>
      ) : (
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            void save();
          }}
        >
          <Field label={words.say("replies.replyTitle")} value={draft.title} required error={needed(draft.title)} onInput={(title) => setDraft({ ...draft, title })} />
          <Field label={words.say("replies.text")} kind="long" rows={4} value={draft.text} required error={needed(draft.text)} onInput={(text) => setDraft({ ...draft, text })} hint={words.say("replies.fieldsHint", { fields })} />
          <div class="row">
            <button type="submit" class="main" aria-disabled={busy}>
              {words.say(busy ? "common.saving" : "visitor.save")}
            </button>
            <button type="button" onClick={() => setDraft(null)}>
              {words.say("common.cancel")}
            </button>
          </div>
        </form>
      )}
      {asking !== null && (
        <Dialog title={words.say("replies.deleteAsk", { title: asking.title })} question onClose={() => setAsking(null)}>
          <div class="row">
            <button type="button" class="risky" onClick={() => void remove(asking)}>
              {words.say("common.delete")}
            </button>
            <button type="button" onClick={() => setAsking(null)}>
              {words.say("common.cancel")}
            </button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
