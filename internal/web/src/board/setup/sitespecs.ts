import type { BoardWords } from "../page";
import type { Spec } from "./specs";

/** How the settings of the site are edited, without those of its widget. */
export function siteSpecs(words: BoardWords): Spec[] {
  const number = (at: string, label: string, hint?: string): Spec => ({ kind: "number", at, label, ...(hint !== undefined && { hint }) });
  const flag = (at: string, label: string): Spec => ({ kind: "flag", at, label });
  return [
    number("goalSeconds", words.say("setup.goalSeconds")),
    number("goalPercent", words.say("setup.goalPercent")),
    {
      kind: "list",
      at: "results",
      label: words.say("setup.results"),
      add: words.say("setup.addResult"),
      ordered: true,
      make: (n) => ({ id: n + 1, name: "" }),
      of: [number("id", words.say("setup.number")), { kind: "text", at: "name", label: words.say("setup.name") }],
    },
    {
      kind: "list",
      at: "statusReasons",
      label: words.say("setup.reasons"),
      add: words.say("setup.addReason"),
      ordered: true,
      make: (n) => ({ subTypeId: n + 1, name: "", status: "UNAVAILABLE" }),
      of: [
        number("subTypeId", words.say("setup.number")),
        { kind: "text", at: "name", label: words.say("setup.name") },
        {
          kind: "choice",
          at: "status",
          label: words.say("board.status"),
          options: [
            { value: "AVAILABLE", text: words.say("status.available") },
            { value: "UNAVAILABLE", text: words.say("status.unavailable") },
            { value: "NONE", text: words.say("setup.noStatus") },
          ],
        },
      ],
    },
    number("offerSeconds", words.say("setup.offerSeconds")),
    number("noticeSeconds", words.say("setup.noticeSeconds")),
    number("targetSeconds", words.say("setup.targetSeconds")),
    number("absentSeconds", words.say("setup.absentSeconds")),
    number("idleSeconds", words.say("setup.idleSeconds")),
    number("queueSeconds", words.say("setup.queueSeconds")),
    number("wrapUpSeconds", words.say("setup.wrapUpSeconds")),
    number("holdSeconds", words.say("setup.holdSeconds")),
    flag("refuseWithoutAgents", words.say("setup.refuseWithoutAgents")),
    flag("sneakPreview", words.say("setup.sneakPreview")),
    flag("hideSeenFromAgents", words.say("setup.hideSeenFromAgents")),
    flag("showSeenToVisitors", words.say("setup.showSeenToVisitors")),
    flag("noticeText", words.say("setup.noticeText")),
    flag("mailTranscripts", words.say("setup.mailTranscripts")),
    {
      kind: "group",
      at: "files",
      label: words.say("setup.files"),
      of: [flag("off", words.say("setup.filesOff")), number("maxBytes", words.say("setup.maxBytes")), { kind: "words", at: "types", label: words.say("setup.fileTypes"), hint: "image/*, application/pdf" }],
    },
    flag("spam", words.say("setup.spam")),
    flag("spamAgents", words.say("setup.spamAgents")),
    {
      kind: "group",
      at: "spamLimits",
      label: words.say("setup.spamLimits"),
      when: (t) => t["spam"] === true,
      of: [
        number("maxCharacters", words.say("setup.maxCharacters")),
        number("maxLinks", words.say("setup.maxLinks")),
        number("duplicates", words.say("setup.duplicates")),
        number("duplicateSeconds", words.say("setup.duplicateSeconds")),
        number("symbolPercent", words.say("setup.symbolPercent")),
        number("symbolCharacters", words.say("setup.symbolCharacters")),
        number("burstPosts", words.say("setup.burstPosts")),
        number("burstSeconds", words.say("setup.burstSeconds")),
        number("maxBlocks", words.say("setup.maxBlocks")),
        number("extremeFactor", words.say("setup.extremeFactor")),
      ],
    },
    { kind: "words", at: "allowedOrigins", label: words.say("setup.allowedOrigins"), hint: "https://shop.example" },
    number("maxPerAddress", words.say("setup.maxPerAddress")),
    flag("requireIdentity", words.say("setup.requireIdentity")),
    number("archiveDays", words.say("setup.archiveDays")),
    number("journalDays", words.say("setup.journalDays")),
  ];
}

/** How the widget's settings are edited; its own texts are edited beside them. */
export function widgetSpecs(words: BoardWords): Spec[] {
  const text = (at: string, label: string, hint?: string): Spec => ({ kind: "text", at, label, ...(hint !== undefined && { hint }) });
  return [
    {
      kind: "group",
      at: "widget",
      label: words.say("setup.widget"),
      of: [
        text("title", words.say("setup.widgetTitle")),
        text("greeting", words.say("setup.widgetGreeting")),
        { kind: "color", at: "color", label: words.say("setup.color") },
        {
          kind: "choice",
          at: "theme",
          label: words.say("setup.theme"),
          options: [
            { value: "", text: words.say("setup.usual") },
            { value: "auto", text: words.say("settings.themeAuto") },
            { value: "light", text: words.say("settings.themeLight") },
            { value: "dark", text: words.say("settings.themeDark") },
          ],
        },
        {
          kind: "choice",
          at: "position",
          label: words.say("setup.position"),
          options: [
            { value: "", text: words.say("setup.usual") },
            { value: "right", text: words.say("setup.positionRight") },
            { value: "left", text: words.say("setup.positionLeft") },
          ],
        },
        text("fields", words.say("setup.formFields"), words.say("setup.formFieldsHint", { example: "name,email,question*" })),
        {
          kind: "choice",
          at: "whenClosed",
          label: words.say("setup.whenClosed"),
          options: [
            { value: "", text: words.say("setup.usual") },
            { value: "MESSAGE", text: words.say("setup.closedMessage") },
            { value: "HIDE", text: words.say("setup.closedHide") },
          ],
        },
        text("privacyUrl", words.say("setup.privacyUrl")),
        text("emailAddress", words.say("setup.mailAddress")),
        { kind: "texts", at: "texts", label: words.say("setup.ownTexts"), hint: words.say("setup.ownTextsHint", { example: "en widget.title = Ask the bank" }) },
      ],
    },
  ];
}
