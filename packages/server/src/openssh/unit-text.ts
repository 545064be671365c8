/** What the units are to run. */
interface UnitSettings {
  /** Of both files, without their endings. */
  readonly name: string;
  readonly service: string;
  readonly timer: string;
  /** Program and arguments; their characters are checked before. */
  readonly command: readonly string[];
  /** The only folder that it writes to. */
  readonly folder: string;
  readonly everySeconds: number;
}

/** A service and a timer of systemd, with instructions as comments. */
export function unitText({ name, service, timer, command, folder, everySeconds }: UnitSettings): string {
  return `# /etc/systemd/system/${name}.service
[Unit]
Description=${service}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=${command.join(" ")}
TimeoutStartSec=2min
NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectHome=read-only
ProtectSystem=strict
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
LockPersonality=yes
SystemCallArchitectures=native
ReadWritePaths=${folder}

# /etc/systemd/system/${name}.timer
[Unit]
Description=${timer}

[Timer]
OnBootSec=15s
OnUnitInactiveSec=${everySeconds}s
RandomizedDelaySec=${Math.max(1, Math.floor(everySeconds / 10))}s
AccuracySec=1s

[Install]
WantedBy=timers.target

# Put both where their first lines say, then:
#   systemctl daemon-reload && systemctl enable --now ${name}.timer
`;
}
