import { readFileSync, writeFileSync } from 'node:fs';

/** The measured results of one column, by question. */
export type Column = Record<string, string>;

/** The first table of a page, or of a section of it, with measured columns. */
export class MeasuredTable {
  /** @param heading the line that the section starts with */
  constructor(
    private readonly page: URL,
    private readonly heading = '',
  ) {}

  /** Returns the columns by their headings. */
  read(): Map<string, Column> {
    const rows = this.find()
      .split('\n')
      .map(row =>
        row
          .split('|')
          .slice(1, -1)
          .map(cell => cell.trim()),
      );
    const [[, ...heads] = [], , ...body] = rows;
    return new Map(
      heads.map((head, index) => [
        head,
        Object.fromEntries(body.map(([question = '', ...cells]) => [question, cells[index] ?? ''])),
      ]),
    );
  }

  /** Writes the table with these columns. */
  write(columns: ReadonlyMap<string, Column>): void {
    const text = readFileSync(this.page, 'utf8');
    writeFileSync(
      this.page,
      text.replace(this.find(), () => render(columns)),
    );
  }

  private find(): string {
    const text = readFileSync(this.page, 'utf8');
    const section = text.slice(text.indexOf(`${this.heading}\n`));
    return /^\|.*\|$(\n^\|.*\|$)*/m.exec(section)?.[0] ?? '';
  }
}

/** Renders the table in Prettier's format. */
function render(columns: ReadonlyMap<string, Column>): string {
  const all = [...columns.values()];
  const questions = Object.keys(all[0] ?? {});
  const head = ['', ...columns.keys()];
  const body = questions.map(question => [question, ...all.map(column => column[question] ?? '')]);
  const widths = head.map((_, index) => Math.max(...[head, ...body].map(row => row[index]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [head, widths.map(width => '-'.repeat(width)), ...body].map(line).join('\n');
}
