/** One fenced block of code in a Markdown text. */
export interface Snippet {
  /** The first word of the info string, `""` where there is none. */
  language: string;
  /** The second word: the file that the block stands for. */
  file?: string;
  /** The text between the fences, without the fence's own indentation, each line ended. */
  code: string;
  /** The line of the text, from 1, at which the code begins. */
  line: number;
}

/**
 * The fenced code blocks of a Markdown text, in order. A block ends at a fence of the same sign that is at least as
 * long as its first, so that a longer fence can hold a shorter one. Throws where one does not end.
 */
export function snippets(markdown: string): Snippet[] {
  const found: Snippet[] = [];
  const lines = markdown.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const [, indent = "", fence = "", info = ""] = /^(\s*)(`{3,}|~{3,})\s*([^`]*)$/.exec(lines[at] ?? "") ?? [];
    if (!fence) continue;
    const start = at + 1;
    const isEnd = (line: string) => new RegExp(`^\\s*${fence[0]}{${fence.length},}\\s*$`).test(line);
    const end = lines.findIndex((line, index) => index >= start && isEnd(line));
    if (end < 0) throw new Error(`line ${start}: the code block does not end`);
    const code = lines.slice(start, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    const [language = "", file] = info.trim().split(/\s+/);
    found.push({
      language,
      ...(file === undefined ? {} : { file }),
      code: code.map((line) => `${line}\n`).join(""),
      line: start + 1,
    });
    at = end;
  }
  return found;
}
