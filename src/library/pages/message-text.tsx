import type { MessagePart } from '../texts/message-part.ts';
import { splitMessage } from '../texts/split-message.ts';
import { CLIP_WORDS } from '../words/clip.ts';

/** Shows the text of a message. Spoilers are covered without script. */
export function MessageText({ message }: { message: string }) {
  const parts = splitMessage(message);
  return parts.length === 0 ? null : (
    <div class="message" dir="auto">
      <Parts parts={parts} />
    </div>
  );
}

function Parts({ parts }: { parts: MessagePart[] }) {
  return (
    <>
      {parts.map((part) => {
        if (part.kind === 'text') return part.text;
        if (part.kind === 'link') {
          return (
            <a href={part.url} rel="ugc nofollow noreferrer">
              {part.url}
            </a>
          );
        }
        if (part.kind === 'code') return <code>{part.text}</code>;
        if (part.kind === 'spoiler') return <Spoiler parts={part.parts} />;
        const Element = part.mark;
        return (
          <Element>
            <Parts parts={part.parts} />
          </Element>
        );
      })}
    </>
  );
}

/**
 * Covers a spoiler until the reader ticks its box. A `<details>` would break the line, and a button would need a script.
 * A style sheet hides the text from screen readers too.
 */
function Spoiler({ parts }: { parts: MessagePart[] }) {
  return (
    <label class="spoiler">
      <input type="checkbox" aria-label={CLIP_WORDS.showSpoiler} />
      <span>
        <Parts parts={parts} />
      </span>
    </label>
  );
}
