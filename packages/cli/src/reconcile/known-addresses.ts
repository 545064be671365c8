import { BlockList, isIP } from "node:net";
import { UsageError } from "../terminal/exit-code.ts";

/** Whether an address is one of those named, each an address or a range such as `10.0.0.0/8`. @throws UsageError */
export function knownAddresses(named: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const one of named) addRange(list, one);
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, familyOf(version));
  };
}

function addRange(list: BlockList, text: string): void {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  if (version === 0 || !isRange || rest.length > 0) {
    throw new UsageError(
      `--known ${JSON.stringify(text)} is neither an address nor a range such as 10.0.0.0/8`,
    );
  }
  list.addSubnet(address, bits === undefined ? most : Number(bits), familyOf(version));
}

const familyOf = (version: number) => (version === 4 ? "ipv4" : "ipv6");
