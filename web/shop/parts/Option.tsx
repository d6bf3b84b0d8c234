import type {ComponentChildren} from "preact";

interface Props {
  name: string;
  value: string;
  checked: boolean;
  title: string;
  note?: string | false | null | undefined;
  aside?: string | undefined;
  multiple?: boolean;
  onChoose: () => void;
  children?: ComponentChildren;
}

/** One thing that can be chosen, as a tile. */
export function Option({name, value, checked, title, note, aside, multiple, onChoose, children}: Props) {
  return (
    <label class="tile product">
      <input type={multiple ? "checkbox" : "radio"} name={name} value={value} checked={checked} onChange={onChoose} />
      <span class="words">
        <span class="row">
          <b>{title}</b>
          {aside && <span class="aside">{aside}</span>}
        </span>
        {note && <span class="hint">{note}</span>}
        {children}
      </span>
    </label>
  );
}
