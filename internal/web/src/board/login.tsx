import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "../look/field";
import { useBoard, useBoardPage } from "./page";

/** Where a supervisor says who he is. It says that the pair is wrong, and not which of it. */
export function LogIn() {
  const { board, words } = useBoardPage();
  const state = useBoard();
  const [account, setAccount] = useState("");
  const [password, setPassword] = useState("");
  const [going, setGoing] = useState(false);
  const first = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(() => first.current?.focus(), []);

  const error = {
    "": "",
    wrong: words.say("login.wrong"),
    busy: state.retryAfter > 0 ? words.say("login.tooMany", { s: state.retryAfter }) : state.failureText,
    lost: words.say("login.noAnswer"),
    refused: state.failureText,
    noSupervisor: words.say("login.supervisorsOnly"),
    ended: words.say("login.ended"),
  }[state.failure];

  const go = async (): Promise<void> => {
    if (going || account === "" || password === "") {
      return;
    }
    setGoing(true);
    await board.do("logIn", account, password);
    setGoing(false);
  };

  return (
    <main class="login">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void go();
        }}
      >
        <h1>{words.say("board.title")}</h1>
        <Field label={words.say("login.account")} value={account} onInput={setAccount} autocomplete="username" name="username" required input={first} />
        <Field label={words.say("login.password")} value={password} onInput={setPassword} kind="password" autocomplete="current-password" name="password" required />
        <p role="alert" class={state.failure === "ended" ? "" : "field-error"} hidden={error === "" || going}>
          {going ? "" : error}
        </p>
        <button class="main" type="submit" aria-disabled={going}>
          {words.say(going ? "login.going" : "login.go")}
        </button>
      </form>
    </main>
  );
}
