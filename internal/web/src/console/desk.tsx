import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { longestWaiting, needAnswer } from "../talk/agentfigures";
import type { AgentState } from "../talk/agentstate";
import { goTo, type Place, placeOf, usePlace } from "./address";
import { Bar, drawerButton } from "./bar/bar";
import { conversationId, focusComposer, focusConversation } from "./chat/focus";
import { ChatPane } from "./chat/pane";
import { type Command, commands, type Frame, neighbour } from "./commands/commands";
import { Palette } from "./commands/palette";
import { useKeys } from "./keys/listen";
import { moveRegion } from "./keys/regions";
import { KeySheet } from "./keys/sheet";
import { byFinger, useLayout } from "./layout";
import { ChatList } from "./list/list";
import { LogOutDialog } from "./logout";
import { OfferLine, OfferPlace } from "./offers/offer";
import { useShownOffer } from "./offers/shown";
import { usePage } from "./page";
import { Panes, type Pane } from "./panes";
import { PastChats } from "./past/pane";
import { Settings } from "./settings/settings";
import { Strip } from "./strip";
import { VisitorPane } from "./visitor/pane";

/** What lies over the frame. */
type Over = "" | "commands" | "keys" | "logOut";

/** The console of an agent who is logged in: its parts, and how one gets from one to the other. */
export function Desk({ state }: { state: AgentState }) {
  const page = usePage();
  const { agent, words } = page;
  const layout = useLayout();
  const place = usePlace();
  const [over, setOver] = useState<Over>("");
  const [pane, setPane] = useState<Pane>(place.kind === "chats" ? "chats" : "chat");
  const [drawer, setDrawer] = useState(false);
  /** What to do when the layer above is gone, and has given the focus back. */
  const then = useRef<(() => void) | null>(null);
  /** Where the focus goes when the chat is there. */
  const wanted = useRef(0);
  const chat = place.kind === "chat" ? state.chats.find((c) => c.id === place.chat) : undefined;

  const go = (p: Place): void => {
    goTo(p);
    setPane(p.kind === "chats" ? "chats" : "chat");
  };
  const open = (id: number): void => {
    wanted.current = id;
    go({ kind: "chat", chat: id });
    setDrawer(false);
  };
  const logOut = (): void => {
    if (state.connection.phase !== "stopped" && state.chats.some((c) => c.state !== "gone")) {
      setOver("logOut");
    } else {
      void agent.do("logOut", true);
    }
  };
  const shown = useShownOffer(page, state, open);
  const frame: Frame = { go, open, keys: () => setOver("keys"), logOut };

  useEffect(() => {
    if (over === "" && then.current !== null) {
      const act = then.current;
      then.current = null;
      act();
    }
  }, [over]);

  // Back and forward of the browser choose the pane too.
  useEffect(() => setPane(place.kind === "chats" ? "chats" : "chat"), [place.kind, place.kind === "chat" ? place.chat : 0]);

  useEffect(() => {
    if (chat !== undefined && wanted.current === chat.id && document.querySelector("main.chat") !== null) {
      wanted.current = 0;
      (byFinger() ? focusConversation : focusComposer)();
    }
  });

  // What had the focus went with its chat: it is not left to nobody.
  const last = useRef(0);
  useEffect(() => {
    if (last.current !== 0 && chat === undefined && document.activeElement === document.body) {
      focusConversation();
    }
    last.current = chat?.id ?? 0;
  }, [chat?.id]);

  const move = (by: 1 | -1): void => {
    // From the address: a second press may come before the first is shown.
    const at = placeOf(location.hash);
    const to = neighbour(agent.state(), at.kind === "chat" ? at.chat : 0, by);
    if (to !== 0) {
      open(to);
    }
  };
  useKeys({
    commands: () => setOver("commands"),
    all: () => setOver("keys"),
    previous: () => move(-1),
    next: () => move(1),
    longest: () => {
      const longest = longestWaiting(state);
      if (longest !== null) {
        open(longest.id);
      }
    },
    nextRegion: () => moveRegion(1),
    previousRegion: () => moveRegion(-1),
    accept: () => shown?.accept(),
  });

  const run = (c: Command): void => {
    then.current = c.run;
    setOver("");
  };

  const closeDrawer = (e: KeyboardEvent): void => {
    if (layout === "middle" && e.key === "Escape" && !e.defaultPrevented && !e.isComposing) {
      setDrawer(false);
      document.getElementById(drawerButton)?.focus();
    }
  };

  const phone = layout === "phone";
  const side = !phone || pane === "chats";
  const middle = !phone || pane === "chat";
  // What is alone on a phone is what the page is about.
  const Side = phone ? "main" : "div";
  const aside = chat !== undefined && (layout === "wide" || (layout === "middle" && drawer) || (phone && pane === "visitor"));
  const strip = (
    <section class="strips" aria-label={words.say("bar.attention")}>
      <Strip state={state} onLogOut={logOut} />
    </section>
  );
  return (
    <div class={`desk desk-${layout}`}>
      <Bar state={state} layout={layout} place={place} go={go} onCommands={() => setOver("commands")} onKeys={() => setOver("keys")} onLogOut={logOut} drawer={layout === "middle" && chat !== undefined ? { open: drawer, toggle: () => setDrawer(!drawer) } : undefined} />
      {side && (
        <Side class="side">
          {phone && <h1 class="unseen">{words.say("bar.title")}</h1>}
          <OfferPlace state={state} shown={shown} />
          <ChatList state={state} open={chat?.id ?? 0} onOpen={open} />
        </Side>
      )}
      {phone && pane === "visitor" && (
        <main class="unseen">
          <h1>{words.say("visitor.title")}</h1>
        </main>
      )}
      <div class="middle">
        {!phone && strip}
        {middle && (
          <Middle state={state} place={place} go={go}>
            {chat && (
              <ChatPane
                key={chat.id}
                state={state}
                chat={chat}
                onOpen={open}
                onBack={phone ? () => setPane("chats") : undefined}
                under={phone && shown !== null ? <OfferLine state={state} shown={shown} /> : undefined}
              />
            )}
          </Middle>
        )}
      </div>
      {aside && (
        <div class={layout === "middle" ? "aside drawer" : "aside"} onKeyDown={closeDrawer}>
          <VisitorPane key={chat.id} state={state} chat={chat} />
        </div>
      )}
      {phone && strip}
      {phone && <Panes pane={pane} onPane={setPane} chats={state.chats.length} needs={needAnswer(state)} hasChat={chat !== undefined || place.kind === "past" || place.kind === "settings"} hasVisitor={chat !== undefined} />}
      {over === "commands" && <Palette all={commands(page, state, shown, chat, frame)} onRun={run} onClose={() => setOver("")} />}
      {over === "keys" && <KeySheet onClose={() => setOver("")} />}
      {over === "logOut" && <LogOutDialog state={state} onClose={() => setOver("")} />}
    </div>
  );
}

/** What the middle shows: the chat that is open, past chats, settings, or that none is open. */
function Middle({ state, place, go, children }: { state: AgentState; place: Place; go: (p: Place) => void; children: ComponentChildren }) {
  const { words } = usePage();
  const back = (): void => go({ kind: "chats" });
  switch (place.kind) {
    case "past":
      return <PastChats state={state} onClose={back} />;
    case "settings":
      return <Settings onClose={back} />;
    default:
      return (
        <>
          {children || (
            <main class="no-chat">
              <h1 id={conversationId} tabIndex={-1} class="unseen">
                {words.say("chat.conversation")}
              </h1>
              {state.chats.length > 0 && <p class="meta">{words.say("chat.pick")}</p>}
            </main>
          )}
        </>
      );
  }
}
