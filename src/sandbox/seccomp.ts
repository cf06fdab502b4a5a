// The system calls that a sandboxed program may not make, as a classic BPF program for seccomp(2). What the namespaces leave open is
// closed here: other processes' memory, new namespaces, mounts, kernel keys, io_uring (which goes past seccomp), and every socket.
//
// A list of what is refused, not of what is allowed: a tenant's tests are programs that nobody here has seen. Each call on it either
// reaches the kernel's rarely used parts or reaches out of the sandbox; namespaces, capabilities and budgets bound the rest.

export type Machine = "x64" | "arm64";

/** Numbers from the kernel's unistd tables: x86_64's own, and the generic one that arm64 uses. null: that machine has no such call. */
const REFUSED: Readonly<Record<string, readonly [x64: number, arm64: number | null]>> = {
  // Sockets of any kind: the network namespace has no way out anyway, and AF_UNIX, AF_VSOCK and AF_ALG are no network.
  socket: [41, 198],
  // Other processes.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  // Another view of the world.
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  // Files by handle, past the directories above them.
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  // Kernel machinery that has been the way out of many a container.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  // The machine's own settings.
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  syslog: [103, 116],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  vhangup: [153, 58],
  // No address-space layout randomisation for whoever asks, and the old ways to touch hardware.
  personality: [135, 92],
  modify_ldt: [154, null],
  iopl: [172, null],
  ioperm: [173, null],
};

const ARCH: Readonly<Record<Machine, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };
/** From here on x86_64 reads the number as a call of its 32-bit pointers table: the same acts under other numbers. */
const X32 = 0x40000000;
const CLONE: Readonly<Record<Machine, number>> = { x64: 56, arm64: 220 };
const CLONE3 = 435;
const IOCTL: Readonly<Record<Machine, number>> = { x64: 16, arm64: 29 };
/** CLONE_NEW{TIME,NS,CGROUP,UTS,IPC,USER,PID,NET} */
const NEW_NAMESPACES = 0x80 | 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000;
/** Types characters into a terminal: into ours, if a descriptor of it ever got in. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const EPERM = 1;
/** The C library then takes clone(2) instead, whose flags can be looked at: clone3's stand in memory, out of a filter's sight. */
const ENOSYS = 38;
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const KILL_PROCESS = 0x80000000;

/** BPF: load a 32-bit word of seccomp_data; jump if equal, at least, any bit; return. linux/filter.h */
const LD = 0x20;
const JEQ = 0x15;
const JGE = 0x35;
const JSET = 0x45;
const RET = 0x06;
/** Offsets in seccomp_data, and of the low half of its arguments on these little-endian machines. */
const NR = 0;
const ARCHITECTURE = 4;
const ARG0 = 16;
const ARG1 = 24;

interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}
const op = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });
const refuse = (errno: number): Instruction => op(RET, ERRNO | errno);

/** Where the call is `nr`: `then`, which ends with a return or falls through with the number loaded again. */
const on = (nr: number, then: readonly Instruction[]): readonly Instruction[] => [op(JEQ, nr, 0, then.length), ...then];

/** The program as bwrap's --seccomp reads it: struct sock_filter after struct sock_filter. */
export function seccompFilter(machine: Machine): Uint8Array {
  const column = machine === "x64" ? 0 : 1;
  const numbers = Object.values(REFUSED).flatMap((row) => row[column] ?? []);
  const program: readonly Instruction[] = [
    op(LD, ARCHITECTURE),
    // INVARIANT: numbers mean what the table says only on this machine; a call by another convention ends the process.
    op(JEQ, ARCH[machine], 1, 0),
    op(RET, KILL_PROCESS),
    op(LD, NR),
    ...(machine === "x64" ? [op(JGE, X32, 0, 1), op(RET, KILL_PROCESS)] : []),
    ...numbers.flatMap((nr) => on(nr, [refuse(EPERM)])),
    ...on(CLONE3, [refuse(ENOSYS)]),
    ...on(CLONE[machine], [op(LD, ARG0), op(JSET, NEW_NAMESPACES, 0, 1), refuse(EPERM), op(RET, ALLOW)]),
    ...on(IOCTL[machine], [
      op(LD, ARG1),
      op(JEQ, TIOCSTI, 1, 0),
      op(JEQ, TIOCLINUX, 0, 1),
      refuse(EPERM),
      op(RET, ALLOW),
    ]),
    op(RET, ALLOW),
  ];
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    bytes.setUint16(i * 8, code, true);
    bytes.setUint8(i * 8 + 2, jt);
    bytes.setUint8(i * 8 + 3, jf);
    bytes.setUint32(i * 8 + 4, k >>> 0, true);
  }
  return new Uint8Array(bytes.buffer);
}

/** For tests against the kernel's own headers. */
export const refusedCalls = (machine: Machine): ReadonlyMap<string, number> =>
  new Map(
    Object.entries(REFUSED).flatMap(([name, row]) => {
      const nr = row[machine === "x64" ? 0 : 1];
      return nr === null ? [] : [[name, nr] as const];
    }),
  );
