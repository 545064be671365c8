/** What the units are to run. */
export interface UnitSettings {
  /** Program and arguments; their characters are checked before. */
  readonly command: readonly string[];
  /** The only folder that it writes to. */
  readonly folder: string;
  readonly everySeconds: number;
}

/** A service and a timer of systemd that refresh the list, with instructions as comments. */
export function unitText({ command, folder, everySeconds }: UnitSettings): string {
  return `# /etc/systemd/system/sallyport-krl.service
[Unit]
Description=Fetch the list of revoked SSH keys and certificates
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

# /etc/systemd/system/sallyport-krl.timer
[Unit]
Description=Keep the list of revoked SSH keys and certificates fresh

[Timer]
OnBootSec=15s
OnUnitInactiveSec=${everySeconds}s
RandomizedDelaySec=${Math.max(1, Math.floor(everySeconds / 10))}s
AccuracySec=1s

[Install]
WantedBy=timers.target

# Put both where their first lines say, then:
#   systemctl daemon-reload && systemctl enable --now sallyport-krl.timer
`;
}
