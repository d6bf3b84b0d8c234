import type {ComponentChildren} from "preact";

/** A part of the package with its choices. */
export function Section({title, children}: {title: string; children: ComponentChildren}) {
  return (
    <fieldset class="card section">
      <legend>
        <h2>{title}</h2>
      </legend>
      {children}
    </fieldset>
  );
}
