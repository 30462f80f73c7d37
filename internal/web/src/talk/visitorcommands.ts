import type { Outcome } from "./http";
import type { Item } from "./outbox";
import type { Attributes } from "./visitorapi";
import type { Rating } from "./wirevisitor";

/** What a panel asks for, by name. Each is done by the tab that leads, and answers how it came out. */
export interface VisitorCommands {
  /** Goes on with the chat that this device knows, if it is alive. */
  resume(): Promise<Outcome<unknown>>;
  /** Opens a chat. Refused with 409 the body's resultType says why nobody is let in. */
  start(attributes: Attributes): Promise<Outcome<unknown>>;
  tryNow(): Promise<Outcome<unknown>>;
  post(item: Item): Promise<Outcome<unknown>>;
  tryAgain(messageId: string): Promise<Outcome<unknown>>;
  removeItem(messageId: string): Promise<Outcome<unknown>>;
  /** A key was pressed; text is what stands there now, and is told only where the site has previews. */
  typed(text: string): Promise<Outcome<unknown>>;
  rest(): Promise<Outcome<unknown>>;
  /** The panel is open, and in view. */
  looked(): Promise<Outcome<unknown>>;
  /** The newest message was in view for a second. */
  seen(): Promise<Outcome<unknown>>;
  /** "I'm still here". */
  stay(): Promise<Outcome<unknown>>;
  older(): Promise<Outcome<unknown>>;
  fileSent(): Promise<Outcome<unknown>>;
  /** Ends the chat, or leaves the queue. */
  end(): Promise<Outcome<unknown>>;
  rate(rating: Rating): Promise<Outcome<unknown>>;
  /** Has the transcript mailed; without an address to the one that is known. */
  mailTranscript(emailAddress: string): Promise<Outcome<unknown>>;
  /** Looks what became of the mailed transcripts. */
  letters(): Promise<Outcome<unknown>>;
  page(url: string, title: string): Promise<Outcome<unknown>>;
  facts(facts: { firstName?: string; lastName?: string; emailAddress?: string; fields?: { name: string; value: string }[] }): Promise<Outcome<unknown>>;
  /** Forgets the chat on this device. */
  reset(): Promise<Outcome<unknown>>;
}

/** One command with its arguments, as it goes from tab to tab. */
export interface VisitorCommand {
  name: keyof VisitorCommands;
  args: unknown[];
}
