import { Menu, type Choice } from "../../look/menu";
import { placesTaken } from "../../talk/agentfigures";
import type { AgentState } from "../../talk/agentstate";
import { isolate } from "../../words/words";
import type { Place } from "../address";
import { chordLabel, chordOf, chordText } from "../keys/chords";
import type { Layout } from "../layout";
import { useCell, usePage } from "../page";
import { sounds } from "../prefs";
import { RequestsMenu } from "./requests";
import { StatusMenu } from "./status";

/** What the bar can ask the frame for. */
export interface BarProps {
  state: AgentState;
  layout: Layout;
  place: Place;
  go: (p: Place) => void;
  onCommands: () => void;
  onKeys: () => void;
  onLogOut: () => void;
  /** The drawer with the visitor, where there is one. */
  drawer: { open: boolean; toggle: () => void } | undefined;
}

/** The button that opens the drawer, and gets the focus back. */
export const drawerButton = "drawer-button";

/** The bar: status, places, what else there is, and who one is. */
export function Bar(p: BarProps) {
  const { words } = usePage();
  const { state, layout } = p;
  return (
    <header class="bar">
      {layout === "wide" && <span class="brand">{words.say("bar.title")}</span>}
      <StatusMenu state={state} />
      <Places state={state} short={layout === "phone"} />
      {layout !== "phone" && <RequestsMenu state={state} />}
      <span class="spring" />
      {layout !== "phone" && (
        <>
          {layout === "wide" && (
            <button type="button" class="bare" aria-current={p.place.kind === "past" ? "page" : undefined} onClick={() => p.go({ kind: "past" })}>
              {words.say("bar.pastChats")}
            </button>
          )}
          <CommandsButton onCommands={p.onCommands} short={layout !== "wide"} />
          <SoundMenu />
          {p.drawer && (
            <button type="button" id={drawerButton} aria-expanded={p.drawer.open} onClick={p.drawer.toggle}>
              {words.say("bar.paneVisitor")}
            </button>
          )}
        </>
      )}
      <AccountMenu {...p} />
    </header>
  );
}

/** "20 chats, 2 offers, 24 places"; on phones "4 of 6". */
function Places({ state, short }: { state: AgentState; short: boolean }) {
  const { words } = usePage();
  const chats = state.chats.filter((c) => c.state !== "gone").length;
  const offers = state.offers.filter((o) => o.gone === "").length;
  if (short) {
    return <span class="places">{words.say("bar.held", { n: placesTaken(state), max: state.places })}</span>;
  }
  const parts = [words.say("bar.chats", { n: chats }), ...(offers > 0 ? [words.say("bar.offers", { n: offers })] : []), words.say("bar.places", { n: state.places })];
  return <span class="places">{parts.join(", ")}</span>;
}

function CommandsButton({ onCommands, short }: { onCommands: () => void; short: boolean }) {
  const { words, prefs } = usePage();
  const keys = chordOf(useCell(prefs.chords), "commands");
  return (
    <button type="button" class="bare" aria-keyshortcuts={keys ? chordLabel(keys) : undefined} onClick={onCommands}>
      {words.say("bar.commands")}
      {keys && !short && <kbd aria-hidden="true">{chordText(keys)}</kbd>}
    </button>
  );
}

/** Which sounds are made; and one to hear whether they are. */
function SoundMenu() {
  const { words, prefs, chime } = usePage();
  const on = { offer: useCell(prefs.sounds.offer), message: useCell(prefs.sounds.message), late: useCell(prefs.sounds.late) };
  const names = { offer: words.say("settings.soundOffer"), message: words.say("settings.soundMessage"), late: words.say("settings.soundLate") };
  return (
    <Menu
      label={
        <>
          {words.say("common.sound")}<span aria-hidden="true"> ▾</span>
        </>
      }
      class="bare"
      many
      choices={[...sounds.map((key) => ({ key, text: names[key], chosen: on[key] })), { key: "test", text: words.say("settings.test") }]}
      onChoose={(key) => {
        const sound = sounds.find((s) => s === key);
        if (sound === undefined) {
          chime.test("offer");
        } else {
          prefs.sounds[sound].set(!on[sound]);
        }
      }}
    />
  );
}

/** Who one is; settings, keys and the way out. On phones all that the bar has no room for. */
function AccountMenu({ state, layout, go, onCommands, onKeys, onLogOut }: BarProps) {
  const { agent, words } = usePage();
  const name = state.session?.name || state.desk?.name || "";
  const requests = { on: words.say("bar.requestsOn"), one: words.say("bar.requestsOne"), off: words.say("bar.requestsOff") };
  const acts: (Choice & { run: () => void })[] = [
    ...(layout === "phone"
      ? [
          ...(["on", "one", "off"] as const).map((key) => ({
            key: `requests ${key}`,
            text: `${words.say("bar.requests")}: ${requests[key]}${state.requests === key ? " ✓" : ""}`,
            run: () => void agent.do("setRequests", key, state.places),
          })),
          { key: "commands", text: words.say("bar.commands"), run: onCommands },
        ]
      : []),
    ...(layout === "wide" ? [] : [{ key: "past", text: words.say("bar.pastChats"), run: () => go({ kind: "past" }) }]),
    { key: "settings", text: words.say("bar.settings"), run: () => go({ kind: "settings" }) },
    { key: "keys", text: words.say("keys.all"), run: onKeys },
    { key: "logOut", text: words.say("login.logOut"), run: onLogOut },
  ];
  return (
    <div class="account">
      <Menu
        label={
          <>
            <span class="unseen">{words.say("bar.account", { name: isolate(name) })}</span>
            <bdi aria-hidden="true">{name}</bdi><span aria-hidden="true"> ▾</span>
          </>
        }
        class="bare"
        choices={acts.map(({ key, text }) => ({ key, text }))}
        onChoose={(key) => acts.find((a) => a.key === key)?.run()}
      />
    </div>
  );
}
