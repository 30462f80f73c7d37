import { useId, useState } from "preact/hooks";
import { noticePermission } from "../alerts/notices";
import type { Cell } from "../cell";
import { ctrlText } from "../keys/chords";
import { KeyTable } from "../keys/sheet";
import { useCell, usePage } from "../page";
import { sounds, type Theme, themes } from "../prefs";
import { OwnReplies } from "../replies/own";

/** What each agent sets for this device: sounds, notices, writing, keys, own replies, looks. */
export function Settings({ onClose }: { onClose: () => void }) {
  const { words } = usePage();
  return (
    <main class="settings">
      <div class="settings-head">
        <h1 id="conversation" tabIndex={-1}>
          {words.say("settings.title")}
        </h1>
        <button type="button" onClick={onClose}>
          {words.say("common.close")}
        </button>
      </div>
      <Sounds />
      <Notices />
      <Writing />
      <section>
        <h2>{words.say("keys.title")}</h2>
        <KeyTable change />
      </section>
      <section>
        <OwnReplies />
      </section>
      <Looks />
    </main>
  );
}

function Sounds() {
  const { words, prefs, chime, agent } = usePage();
  const volume = useCell(prefs.volume);
  const id = useId();
  const names = { offer: words.say("settings.soundOffer"), message: words.say("settings.soundMessage"), late: words.say("settings.soundLate") };
  return (
    <section>
      <h2>{words.say("settings.sounds")}</h2>
      {sounds.map((s) => (
        <div key={s} class="setting">
          <Check label={names[s]} cell={prefs.sounds[s]} />
          <button type="button" aria-label={`${words.say("settings.test")}: ${names[s]}`} onClick={() => chime.test(s)}>
            {words.say("settings.test")}
          </button>
        </div>
      ))}
      <div class="setting">
        <label for={id}>{words.say("settings.volume")}</label>
        <input id={id} type="range" min="0" max="1" step="0.1" value={volume} onInput={(e) => prefs.volume.set(Number(e.currentTarget.value))} />
      </div>
      {!agent.leads() && <p class="meta">{words.say("settings.otherTab")}</p>}
    </section>
  );
}

/** Desktop notices are asked for here, by a press, and never by themselves. */
function Notices() {
  const { words, prefs } = usePage();
  const wanted = useCell(prefs.notices);
  const [permission, setPermission] = useState(noticePermission);
  const ask = async (): Promise<void> => {
    await Notification.requestPermission();
    setPermission(noticePermission());
    prefs.notices.set(noticePermission() === "granted");
  };
  return (
    <section>
      <h2>{words.say("settings.notices")}</h2>
      {permission === "insecure" && <p>{words.say("settings.noticesInsecure")}</p>}
      {permission === "denied" && <p>{words.say("settings.noticesDenied")}</p>}
      {permission === "ask" && (
        <button type="button" onClick={() => void ask()}>
          {words.say("offer.notices")}
        </button>
      )}
      {permission === "granted" && <Check label={words.say("offer.notices")} cell={prefs.notices} />}
      <p role="status" class="meta">
        {permission === "granted" && wanted && words.say("settings.noticesOn")}
      </p>
    </section>
  );
}

function Writing() {
  const { words, enterSends, sayTyping } = usePage();
  const enter = useCell(enterSends);
  const name = useId();
  return (
    <section>
      <h2>{words.say("settings.writing")}</h2>
      <fieldset>
        <legend>{words.say("keys.send")}</legend>
        {[true, false].map((v) => (
          <label key={String(v)} class="check">
            <input type="radio" name={name} checked={enter === v} onChange={() => enterSends.set(v)} />
            {v ? words.say("settings.enter") : words.say("settings.ctrlEnter", { key: ctrlText })}
          </label>
        ))}
      </fieldset>
      <Check label={words.say("settings.sayTyping")} cell={sayTyping} />
    </section>
  );
}

function Looks() {
  const { words, prefs } = usePage();
  const theme = useCell(prefs.theme);
  const name = useId();
  const names: Record<Theme, string> = { auto: words.say("settings.themeAuto"), light: words.say("settings.themeLight"), dark: words.say("settings.themeDark") };
  return (
    <section>
      <fieldset>
        <legend>{words.say("settings.theme")}</legend>
        {themes.map((t) => (
          <label key={t} class="check">
            <input type="radio" name={name} checked={theme === t} onChange={() => prefs.theme.set(t)} />
            {names[t]}
          </label>
        ))}
      </fieldset>
    </section>
  );
}

function Check({ label, cell }: { label: string; cell: Cell<boolean> }) {
  const on = useCell(cell);
  return (
    <label class="check">
      <input type="checkbox" checked={on} onChange={(e) => cell.set(e.currentTarget.checked)} />
      {label}
    </label>
  );
}
