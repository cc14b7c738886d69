"""Tests of the tables, without any engine: python3 -m unittest discover Benchmarks/compare"""

import unittest

import tables


def row(engine, best, median, **phase):
    return {
        "engine": engine, "model": "m", "batch": 10, "threads": 2, "first_epoch_s": best * 10, "peak_rss_mb": 1234.5,
        "phases": [{"phase": "train", "batch": 10, "step_s": best, "median_step_s": median} | phase],
    }


class TablesTest(unittest.TestCase):
    def setUp(self):
        self.results = tables.Results([
            {"machine": {
                "threads": 2, "instruction_set": "avx2", "one_dnn": "", "gigaflops": 99.6,
                "bandwidths": [{"bytes": 1, "gigabytes_per_second": 8.25}]}},
            row("leat", 0.002, 0.004, floor_s=0.001, gigaflops=50.4),
            row("torch-eager", 0.004, 0.005),
            row("leat", 0.003, 0.006, floor_s=0.001, gigaflops=40),
            row("torch-eager", 0.005, 0.007),
            row("keras-jax", 0.008, 0.009),
            {"model": "m", "engine": "torch-compile", "error": "It is not there."},
        ])

    def test_engines_stand_in_a_fixed_order(self):
        self.assertEqual(self.results.engines, ["leat", "keras-jax", "torch-eager", "torch-compile"])

    def test_best_is_the_best_round_and_medians_are_averaged_over_rounds(self):
        self.assertEqual(self.results.seconds(("m", 10), "leat", "train"), (0.002, 0.005))
        self.assertIsNone(self.results.seconds(("m", 10), "torch-compile", "train"))

    def test_comparison_marks_the_fastest_and_tells_the_lead(self):
        lines = tables.comparison(self.results, "train").splitlines()
        self.assertEqual(lines[2], "| m | 10 | **5,000** | 1,250 | 2,500 | – | 2.00 | 1.20 |")

    def test_a_phase_nobody_measured_is_a_row_of_dashes(self):
        lines = tables.comparison(self.results, "predict").splitlines()
        self.assertEqual(lines[2], "| m |  | – | – | – | – | – | – |")

    def test_floors_stand_beside_what_was_measured(self):
        lines = tables.floors(self.results).splitlines()
        self.assertEqual(lines[2:], ["| m | train | 10 | 2 | 1 | 2.0 | 50 |"])

    def test_all_is_told_and_failures_too(self):
        text = tables.markdown(self.results)
        self.assertIn("2 threads, avx2, oneDNN none; limits measured: 100 GFLOP/s float32, 8.2 GB/s", text)
        self.assertIn("| m | 10 | 0.02 | 0.08 | 0.04 | – |", text)
        self.assertIn("- m, torch.compile: It is not there.", text)

    def test_batches_and_threads_are_told_apart(self):
        rows = [row("leat", 1, 1), row("leat", 2, 2) | {"batch": 20}]
        self.assertEqual(tables.Results(rows).settings, [("m", 10), ("m", 20)])
        rows.append(row("leat", 3, 3) | {"threads": 1})
        settings = tables.Results(rows).settings
        self.assertEqual(settings, [("m, 2 threads", 10), ("m, 2 threads", 20), ("m, 1 thread", 10)])

    def test_medians(self):
        self.assertEqual(tables.middle([3, 1, 2]), 2)
        self.assertEqual(tables.middle([4, 1, 2, 3]), 2.5)


class LoadersTest(unittest.TestCase):
    def test_the_best_round_counts_and_leads_are_told(self):
        def loader(engine, name, first, later, **more):
            return {
                "engine": engine, "loader": name, "first_epoch_samples_s": first, "best_samples_s": later,
                "first_batch_s": 0.02, "peak_rss_mb": 100.4,
            } | more

        text = tables.loaders([
            {"machine": {
                "dataset": "made images", "samples": 60000, "shards": 6, "processors": 2,
                "zstd_samples_s_one_thread": 1.5e6, "zstd_samples_s": 3e6}},
            loader("leat", "tasks-2", 1e6, 5e6), loader("leat", "processes-1", 2e6, 3e6),
            loader("leat", "tasks-2", 1.5e6, 4e6), loader("peer", "streaming-2", 1e5, 2e5, compressed=True),
            loader("peer", "torch-whole-0", 1e6, 2.5e6, compressed=False), {"loader": "grain-0", "error": "Gone."},
        ])
        self.assertIn("3,000,000 on 2.", text)
        self.assertIn("| Leat, 2 tasks | zstd | 1,500,000 | 5,000,000 | 20.0 | 100 | – | – |", text)
        self.assertIn("| Leat, 1 process | zstd | 2,000,000 |", text)
        self.assertIn("| MosaicML Streaming, MDS zstd:3, 2 workers | yes | 100,000 | 200,000 | 20.0 | 100 | 20.0 | 25.0 |", text)
        self.assertIn("| torch DataLoader, a batch an item, no workers | no |", text)
        self.assertIn("- grain-0: Gone.", text)


if __name__ == "__main__":
    unittest.main()
