import { BlockList, isIP } from "node:net";

/** Whether an address lies in one of the networks, which are in CIDR form. What is no network holds nothing. */
export function inNetworks(address: string, networks: readonly string[]): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return networks.some((network) => {
    const [base = "", bits = "", ...rest] = network.split("/");
    const most = family === 4 ? 32 : 128;
    if (isIP(base) !== family || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most)
      return false;
    const list = new BlockList();
    const kind = family === 4 ? "ipv4" : "ipv6";
    list.addSubnet(base, Number(bits), kind);
    return list.check(address, kind);
  });
}
