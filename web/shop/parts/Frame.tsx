import type {ComponentChildren} from "preact";
import {appearance, shop} from "../state";
import {label} from "../words";

/** Head and foot of the shop, in the retailer's look. */
export function Frame({children}: {children: ComponentChildren}) {
  const look = appearance.value;
  const from = shop.value;
  return (
    <>
      <header class="header">
        <div class="inner">
          {look?.logo ? (
            <img class="logo" src={`${from?.api}${look.logo}`} alt={look.name} />
          ) : (
            <span class="name">{look?.name ?? " "}</span>
          )}
          <span>{label("shop")}</span>
        </div>
      </header>
      <main>{children}</main>
      <footer class="footer">
        <div class="inner">
          <span>{look?.name}</span>
          {look?.phone && <a href={`tel:${look.phone.replace(/\s/g, "")}`}>{look.phone}</a>}
          {from && from.shops.length > 1 && (
            <nav aria-label={label("otherShops")}>
              {label("otherShops")}:{" "}
              {from.shops.map((one) => (
                <a key={one} href={`/${one}/`} aria-current={one === from.retailer ? "page" : undefined}>
                  {one}
                </a>
              ))}
            </nav>
          )}
        </div>
      </footer>
    </>
  );
}
