import { WORDS } from '../words.ts';
import { Layout } from './layout.tsx';

export interface StatusPageProps {
  /** The library's name. */
  name: string;
  title: string;
  sentences: readonly string[];
  /** What the reader can do. */
  action?: { href: string; label: string };
}

/** A page that says why there is nothing else to show. */
export function StatusPage({ name, title, sentences, action }: StatusPageProps) {
  const { href, label } = action ?? { href: '/', label: WORDS.home };
  return (
    <Layout name={name} title={title}>
      <div class="status">
        <h1>{title}</h1>
        {sentences.map((sentence) => (
          <p>{sentence}</p>
        ))}
        <a class="button primary" href={href}>
          {label}
        </a>
      </div>
    </Layout>
  );
}
