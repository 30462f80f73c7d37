import { useCell } from "../console/page";
import { themes } from "../console/prefs";
import { Dialog } from "../look/dialog";
import { useBoardPage } from "./page";

const names = { auto: "settings.themeAuto", light: "settings.themeLight", dark: "settings.themeDark" } as const;

/** What this device keeps of how the board looks and sounds, and its keys. */
export function Settings({ onClose }: { onClose: () => void }) {
  const { words, note, prefs, chime } = useBoardPage();
  const sounds = useCell(note);
  const theme = useCell(prefs.theme);
  const keys = [
    ["Ctrl K", "keys.commands"],
    ["F6", "keys.nextRegion"],
    ["Shift F6", "keys.previousRegion"],
    ["↑ ↓ Home End Enter", "keys.move"],
    ["Esc", "keys.close"],
  ] as const;
  return (
    <Dialog title={words.say("settings.title")} onClose={onClose} close={words.say("common.close")}>
      <label class="check">
        <input
          type="checkbox"
          checked={sounds}
          onChange={(e) => {
            note.set(e.currentTarget.checked);
            if (e.currentTarget.checked) {
              chime.test("late");
            }
          }}
        />{" "}
        {words.say("board.noteLongest")}
      </label>
      <fieldset>
        <legend>{words.say("settings.theme")}</legend>
        {themes.map((t) => (
          <label class="check" key={t}>
            <input
              type="radio"
              name="theme"
              checked={theme === t}
              onChange={() => prefs.theme.set(t)}
            />{" "}
            {words.say(names[t])}
          </label>
        ))}
      </fieldset>
      <h3>{words.say("keys.title")}</h3>
      <dl class="pairs">
        {keys.map(([combination, does]) => (
          <div key={combination}>
            <dt>
              <kbd>{combination}</kbd>
            </dt>
            <dd>{words.say(does)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
