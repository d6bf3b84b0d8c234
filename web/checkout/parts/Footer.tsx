import {appearance} from "../state";

/** The retailer's own links, and how to reach it. */
export function Footer() {
  const retailer = appearance.value;
  if (!retailer) return null;
  return (
    <footer class="footer">
      <div class="inner">
        <span>{retailer.name}</span>
        {retailer.phone && <a href={`tel:${retailer.phone.replace(/\s/g, "")}`}>{retailer.phone}</a>}
        {retailer.email && <a href={`mailto:${retailer.email}`}>{retailer.email}</a>}
        {retailer.links.map((one) => (
          <a key={one.href} href={one.href} target="_blank" rel="noopener noreferrer">
            {one.label}
          </a>
        ))}
      </div>
    </footer>
  );
}
