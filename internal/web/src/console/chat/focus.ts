/** The field that messages are written in. */
export const composerId = "composer";
/** The heading of the conversation: where focus goes when what had it is gone. */
export const conversationId = "conversation";

/** Moves the focus to where one writes, or to the conversation's heading where one can't. */
export function focusComposer(): void {
  (document.getElementById(composerId) ?? document.getElementById(conversationId))?.focus();
}

/** Moves the focus to the conversation's heading. */
export function focusConversation(): void {
  document.getElementById(conversationId)?.focus();
}
