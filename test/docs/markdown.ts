/** The parts of a Markdown page that the tests look at. */
export interface Markdown {
  /** The text inside backticks, outside of code blocks. */
  inlineCode: string[];
  /** The lines of code blocks. */
  codeLines: string[];
  /** The targets of links and images, without titles. */
  linkTargets: string[];
  /** The anchors that links can point to. */
  anchors: Set<string>;
}

export function parseMarkdown(text: string): Markdown {
  const codeLines: string[] = [];
  const proseLines: string[] = [];
  let fence: string | null = null;
  for (const line of text.split('\n')) {
    const mark = /^ *(```+|~~~+)/.exec(line)?.[1];
    if (fence !== null && mark?.startsWith(fence)) fence = null;
    else if (fence !== null) codeLines.push(line);
    else if (mark !== undefined) fence = mark;
    else proseLines.push(line);
  }
  const prose = proseLines.join('\n');
  const withoutCode = prose.replace(/`[^`]+`/g, '');
  return {
    inlineCode: [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
    codeLines,
    linkTargets: findLinkTargets(withoutCode),
    anchors: findAnchors(proseLines),
  };
}

/** Finds inline links, images, link definitions and HTML attributes. */
function findLinkTargets(prose: string): string[] {
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^ *\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm,
    /\b(?:href|src)="([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) =>
    [...prose.matchAll(pattern)].map(([, target = '']) => target),
  );
}

/** Derives the anchors of headings as GitHub does, and adds the anchors of HTML elements. */
function findAnchors(proseLines: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseLines) {
    const heading = /^#{1,6} +(.+?) *#*$/.exec(line)?.[1];
    if (heading !== undefined) {
      const slug = slugify(heading);
      // If headings have the same text, GitHub adds numbers to their anchors.
      let anchor = slug;
      for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
      anchors.add(anchor);
    }
    for (const [, id = ''] of line.matchAll(/\b(?:id|name)="([^"]+)"/g)) anchors.add(id);
  }
  return anchors;
}

function slugify(heading: string): string {
  return heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
