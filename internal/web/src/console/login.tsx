import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "../look/field";
import type { AgentState } from "../talk/agentstate";
import { usePage } from "./page";

/** Who is there? Wrong pairs are not told apart, so that nobody learns which accounts exist. */
export function LogIn({ state }: { state: AgentState }) {
  const { agent, words } = usePage();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useState(0);
  const [wrong, setWrong] = useState("");
  const account = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const mounted = useRef(true);

  useEffect(() => {
    account.current?.focus();
    return () => void (mounted.current = false);
  }, []);
  useEffect(() => {
    if (wait <= 0) {
      return;
    }
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);

  const go = async (): Promise<void> => {
    if (busy || wait > 0) {
      return;
    }
    setBusy(true);
    setWrong("");
    const o = await agent.do("logIn", login.trim(), password);
    if (!mounted.current) {
      return; // it went well
    }
    setBusy(false);
    if (o?.kind === "refused" && o.refusal.status === 429) {
      setWait(Math.max(o.refusal.retryAfter, 1));
    } else if (o?.kind === "refused" && o.refusal.status === 401) {
      setPassword("");
      setWrong(words.say("login.wrong"));
    } else if (o?.kind === "refused") {
      setWrong(words.say("reason.refused", { text: o.refusal.text || String(o.refusal.status) }));
    } else {
      setWrong(words.say("login.noAnswer"));
    }
    account.current?.focus();
  };

  const before = state.failure === "lost" ? words.say("login.noAnswer") : state.failure === "refused" || state.failure === "busy" ? words.say("reason.refused", { text: state.failureText }) : "";
  const error = wait > 0 ? words.say("login.tooMany", { s: wait }) : wrong || before;
  return (
    <main class="door">
      <h1>{words.say("bar.title")}</h1>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void go();
        }}
      >
        <h2>{words.say("login.title")}</h2>
        <div role="alert">{error !== "" && <p class="wrong">{error}</p>}</div>
        <Field label={words.say("login.account")} value={login} onInput={setLogin} name="username" autocomplete="username" required input={account} />
        <Field label={words.say("login.password")} value={password} onInput={setPassword} name="password" autocomplete="current-password" kind="password" required />
        <button type="submit" class="main" aria-disabled={busy || wait > 0 || undefined}>
          {words.say(busy ? "login.going" : "login.go")}
        </button>
      </form>
    </main>
  );
}

/** The account has a session that this device does not know. */
export function Elsewhere() {
  const { agent, words } = usePage();
  const [busy, setBusy] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const over = async (): Promise<void> => {
    setBusy(true);
    await agent.do("takeOverSession");
    setBusy(false);
  };
  return (
    <main class="door">
      <h1 ref={heading} tabIndex={-1}>
        {words.say("bar.title")}
      </h1>
      <p>{words.say("login.elsewhere")}</p>
      <div class="row-of-buttons">
        <button type="button" class="main" aria-disabled={busy || undefined} onClick={() => !busy && void over()}>
          {words.say(busy ? "login.going" : "login.takeOver")}
        </button>
        <button type="button" onClick={() => void agent.do("logOut", false)}>
          {words.say("login.logOut")}
        </button>
      </div>
    </main>
  );
}
