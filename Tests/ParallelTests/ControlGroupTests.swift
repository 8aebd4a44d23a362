import Parallel
import Testing

@Suite("control groups")
struct ControlGroupTests {
  @Test(
    "limits of a process's group and those around it",
    arguments: [
      // Version 2: a Slurm job's memory, a container's processors.
      (
        "0::/slurm/job_3/step_batch\n",
        [
          "/sys/fs/cgroup/slurm/job_3/memory.max": "2147483648\n", "/sys/fs/cgroup/slurm/memory.max": "max\n",
        ],
        2_147_483_648, nil
      ),
      (
        "0::/\n", ["/sys/fs/cgroup/cpu.max": "150000 100000\n", "/sys/fs/cgroup/memory.max": "max\n"], nil,
        1.5
      ),
      ("0::/a\n", ["/sys/fs/cgroup/a/cpu.max": "max 100000\n"], nil, nil),
      (
        "0::/a/b\n",
        ["/sys/fs/cgroup/a/b/memory.max": "9000", "/sys/fs/cgroup/a/memory.max": "7000"], 7000, nil
      ),
      // Version 1, its number for no limit, and several controllers on one line.
      (
        "4:memory:/slurm/uid_0/job_3\n1:cpu,cpuacct:/x\n",
        [
          "/sys/fs/cgroup/memory/slurm/uid_0/job_3/memory.limit_in_bytes": "1000000\n",
          "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
          "/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "400000\n",
          "/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000\n",
        ], 1_000_000, 4
      ),
      (
        "1:cpu:/\n",
        ["/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"],
        nil,
        nil
      ),
      // In a container whose group is named as the host sees it.
      (
        "4:memory:/docker/abc\n", ["/sys/fs/cgroup/memory/memory.limit_in_bytes": "5000000\n"], 5_000_000, nil
      ),
      ("", [:], nil, nil), ("nonsense\n0::", [:], nil, nil),
    ] as [(String, [String: String], Int?, Double?)])
  func limits(groups: String, files: [String: String], memory: Int?, processors: Double?) {
    let group = ControlGroup(groups: groups) { files[$0] }
    #expect(group.memoryBytes == memory && group.processors == processors)
  }

  @Test("this machine's") func here() {
    #expect(AvailableMemory.bytes > 1 << 26)
    #expect(Parallel.cores >= 1)
  }
}
