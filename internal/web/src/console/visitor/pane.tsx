import { useState } from "preact/hooks";
import type { ContactChange } from "../../talk/agentcommands";
import type { AgentState, Chat } from "../../talk/agentstate";
import { nameOf } from "../../talk/agentfigures";
import { NoteField } from "../chat/note";
import { Link, linkTo } from "../chat/rich";
import { usePage } from "../page";
import { RecordView } from "../past/record";
import { EarlierChats } from "./earlier";
import { Property } from "./property";
import "./visitor.css";

/** What is known of the visitor of a chat. */
export interface VisitorPaneProps {
  state: AgentState;
  chat: Chat;
}

/** The visitor: fields, page, browser, earlier chats, notes to keep. An earlier chat opens in its place, to be read. */
export function VisitorPane({ state, chat }: VisitorPaneProps) {
  const { words } = usePage();
  const [record, setRecord] = useState(0);
  return (
    <aside class="visitor" aria-label={words.say("visitor.title")}>
      {record > 0 ? (
        <RecordView engagement={record} back={words.say("visitor.back")} onBack={() => setRecord(0)} />
      ) : (
        <>
          <Known state={state} chat={chat} />
          <EarlierChats chat={chat} onOpen={setRecord} />
          {chat.role === "LEAD" && chat.state === "active" && (
            <section class="notes">
              <NoteField chat={chat} label={words.say("chat.notes")} />
            </section>
          )}
        </>
      )}
    </aside>
  );
}

function Known({ state, chat }: VisitorPaneProps) {
  const { agent, words, moments } = usePage();
  const c = chat.contact;
  if (c === null) {
    return <p class="meta">{words.say("common.loading")}</p>;
  }
  const mine = chat.role === "LEAD" && chat.state !== "gone";
  const saver = (change: (value: string) => ContactChange) => (mine ? { save: (value: string) => agent.do("setContact", chat.id, change(value)) } : {});
  const page = chat.page === null ? null : linkTo(chat.page.url);
  const browser = [c.browser, c.operatingSystem, c.interfaceLanguageCode].filter((x) => x !== "").join(" · ");
  const number = (value: string): number => Number.parseInt(value, 10) || 0;
  const shown = (n: number): string => (n > 0 ? String(n) : "");
  return (
    <section>
      <h2>
        <bdi>{nameOf(c) || chat.visitorName || words.say("visitor.noName")}</bdi>
      </h2>
      {chat.verified !== null && <p class={`meta ${chat.verified ? "good" : ""}`}>{words.say(chat.verified ? "chat.verified" : "chat.typed")}</p>}
      <Property state={state} label={words.say("visitor.firstName")} value={c.firstName} {...saver((firstName) => ({ firstName }))} />
      <Property state={state} label={words.say("visitor.lastName")} value={c.lastName} {...saver((lastName) => ({ lastName }))} />
      <Property state={state} label={words.say("visitor.email")} value={c.emailAddress} kind="email" {...saver((emailAddress) => ({ emailAddress }))} />
      {chat.page !== null && (
        <p>
          <span class="meta">{words.say("visitor.page")} </span>
          {page === null ? <bdi>{chat.page.url}</bdi> : <Link href={page}>{<bdi>{chat.page.title || chat.page.url}</bdi>}</Link>}{" "}
          <span class="meta">{words.say("visitor.since", { time: moments.time(chat.page.since) })}</span>
        </p>
      )}
      {browser !== "" && (
        <p>
          <span class="meta">{words.say("visitor.browser")} </span>
          <bdi>{browser}</bdi>
        </p>
      )}
      <Property state={state} label={words.say("visitor.question")} value={c.question} long {...saver((question) => ({ question }))} />
      {(c.productId > 0 || mine) && <Property state={state} label={words.say("visitor.product")} value={shown(c.productId)} kind="number" {...saver((v) => ({ productId: number(v) }))} />}
      {(c.categoryId > 0 || mine) && <Property state={state} label={words.say("visitor.category")} value={shown(c.categoryId)} kind="number" {...saver((v) => ({ categoryId: number(v) }))} />}
      {c.customFields.length > 0 && (
        <section aria-label={words.say("visitor.fields")}>
          {c.customFields.map((f) => (
            <Property key={f.name} state={state} label={f.name} value={f.value} {...saver((value) => ({ customFields: [{ ...f, value }] }))} />
          ))}
        </section>
      )}
    </section>
  );
}
