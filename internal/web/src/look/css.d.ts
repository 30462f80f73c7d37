/** A style sheet that is imported becomes part of its page's one style sheet. */
declare module "*.css";
