import type { Outcome } from "./http";
import type { Item } from "./outbox";
import type { ActivityStatus, AskedAnswer, ContactInfo } from "./wireagent";

/** What a console asks for, by name. Each is done by the tab that leads, and answers how it came out. */
export interface AgentCommands {
  /** Goes on with the log-in that the browser has, if any. */
  resume(): Promise<Outcome<unknown>>;
  logIn(login: string, password: string): Promise<Outcome<unknown>>;
  /** Takes the account's session over from wherever it is. */
  takeOverSession(): Promise<Outcome<unknown>>;
  /** Ends the session; with chats open it is refused unless it is forced. */
  logOut(force: boolean): Promise<Outcome<unknown>>;
  /** "Try now" of the connection's bar. */
  tryNow(): Promise<Outcome<unknown>>;

  setStatus(status: ActivityStatus, subTypeId: number): Promise<Outcome<unknown>>;
  /** How chats are asked for, and how many at once at the most. */
  setRequests(requests: "on" | "one" | "off", places: number): Promise<Outcome<unknown>>;
  /** "Get next chat". */
  askForOne(): Promise<Outcome<unknown>>;

  accept(engagementId: number): Promise<Outcome<unknown>>;
  decline(engagementId: number): Promise<Outcome<unknown>>;

  /** Sends a message that was kept on the device. */
  post(item: Item): Promise<Outcome<unknown>>;
  tryAgain(messageId: string): Promise<Outcome<unknown>>;
  /** Gives up a message that was not sent; to edit it, its text goes back to the composer first. */
  removeItem(messageId: string): Promise<Outcome<unknown>>;
  /** A key was pressed; team: the visitor must not see it. */
  typed(chat: number, team: boolean): Promise<Outcome<unknown>>;
  rest(chat: number): Promise<Outcome<unknown>>;
  /** The chat is open, and the page in view. */
  looked(chat: number): Promise<Outcome<unknown>>;
  /** The newest message was in view for a second. */
  seen(chat: number): Promise<Outcome<unknown>>;
  /** Reads older posts. */
  older(chat: number): Promise<Outcome<unknown>>;
  /** A file was sent from some tab: its post is read. */
  fileSent(chat: number): Promise<Outcome<unknown>>;

  /** Changes what is known of the visitor; custom fields by their names. */
  setContact(chat: number, fields: ContactChange): Promise<Outcome<Record<string, boolean>>>;
  transfer(chat: number, to: { accountId: number; name: string } | { queueId: number }, note: string, warm: boolean): Promise<Outcome<AskedAnswer>>;
  invite(chat: number, to: { accountId: number; name: string }, note: string): Promise<Outcome<AskedAnswer>>;
  /** Sends the chat where the site's escalation rules say. */
  reroute(chat: number): Promise<Outcome<unknown>>;
  conclude(chat: number): Promise<Outcome<unknown>>;
  setWrapUp(chat: number, result: number, note: string): Promise<Outcome<unknown>>;
  release(chat: number): Promise<Outcome<unknown>>;
  leave(chat: number): Promise<Outcome<unknown>>;
  /** Takes a chat that is gone out of the list. */
  dismiss(chat: number): Promise<Outcome<unknown>>;

  /** For supervisors. */
  monitor(engagementId: number): Promise<Outcome<unknown>>;
  takeOver(engagementId: number): Promise<Outcome<unknown>>;
  /** Joins as a conferee, whoever leads. */
  join(engagementId: number): Promise<Outcome<unknown>>;
}

/** New values for what is known of a visitor. */
export interface ContactChange extends Partial<Pick<ContactInfo, "firstName" | "lastName" | "emailAddress" | "question" | "productId" | "categoryId" | "contactId">> {
  customFields?: { name: string; type?: string; value: string }[];
}

/** One command with its arguments, as it goes from tab to tab. */
export interface AgentCommand {
  name: keyof AgentCommands;
  args: unknown[];
}
