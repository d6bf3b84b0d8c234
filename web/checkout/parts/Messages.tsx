import type {Message} from "../../shared/api";

/** What the API says of the checkout, in its locale. */
export function Messages({messages}: {messages: Message[]}) {
  if (messages.length === 0) return null;
  return (
    <div class="messages">
      {messages.map((one) => (
        <p key={`${one.code}${one.path}`} class={`message ${one.type}`} role={one.type === "error" ? "alert" : undefined}>
          {one.content}
        </p>
      ))}
    </div>
  );
}
