import Project
import Testing

@Suite("Slurm's scripts")
struct SlurmScriptsTests {
  @Test(
    "numbers of an array",
    arguments: [([0], "0"), ([0, 1, 2], "0-2"), ([0, 2, 3, 4, 9], "0,2-4,9"), ([], "")])
  func arrays(numbers: [Int], text: String) { #expect(SlurmScripts.list(numbers) == text) }

  @Test("words of a shell", arguments: [("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$(x)", "'$(x)'")])
  func words(text: String, word: String) { #expect(SlurmScripts.shell(text) == word) }

  private func plan(_ project: Project, tasks: Int? = nil, minutes: Int? = nil, each: Double = 1)
    -> ClusterPlan
  {
    ClusterPlan(
      project,
      .init(
        seconds: SliceSeconds(features: each, embeddings: 4 * each), featureBytes: 1000, embeddingBytes: 2000,
        weightBytes: 1 << 30), tasks: tasks, minutes: minutes)
  }

  @Test("each waits for the one before, and has the options that are asked for")
  func chain() throws {
    let project = try ProjectFileTests.project("/my lab", points: [["1,2,3"], [], []])
    let request = SlurmScripts.Request(
      partition: "cpu", cpus: 4, memoryGigabytes: 9, options: ["--account=lab"])
    let scripts = SlurmScripts(project, plan(project, tasks: 5), request, program: "/bin/it's").scripts
    #expect(scripts.map(\.name) == ["encode", "segment-prompted", "segment", "summary"])
    #expect(scripts.map(\.after) == [nil, 0, 1, 2])
    let expected = [
      "#SBATCH --array=0-4\n", "--encode $((SLURM_ARRAY_TASK_ID + 1))/5 --seconds 1.0,4.0 ",
      "#SBATCH --partition=cpu\n", "#SBATCH --account=lab\n", "#SBATCH --mem=9G\n", "'/my lab'",
      "'/bin/it'\\''s' project task", "--cpus-per-task=4\n", "--requeue\n",
    ]
    for text in expected { #expect(scripts[0].text.contains(text), "\(text)") }
    #expect(scripts[1].text.contains("--array=0\n") && scripts[2].text.contains("--array=1-2\n"))
    #expect(!scripts[3].text.contains("--array"))
  }

  @Test("what a plan needs")
  func needs() throws {
    let project = try ProjectFileTests.project("/lab", points: [["1,2,3"], []])
    // Two tomograms of 374 slices by each network, a and 4a seconds: 2 * 374 * 5 = 3740 s.
    #expect(plan(project).tasks == 1 && plan(project).minutes == 240)
    #expect(plan(project, each: 10).tasks == 6 && plan(project, each: 10).minutes == 540)
    #expect(plan(project, minutes: 30).tasks == 5 && plan(project, minutes: 30).minutes == 30)
    #expect(plan(project, tasks: 7).tasks == 7)
    #expect(plan(project).sliceBytes == 2 * 374 * 3000)
    #expect(plan(project).resultBytes == 7 * 2 * 160 * 150 * 64 + 2 << 21)
    #expect(plan(project).text.contains("1496"))
  }
}
