package io.exchequer.benchmarks;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ProcFsTests {

	@Test
	void readsTicksBehindANameWithBlanksAndParentheses() {
		String stat = "17 (a (b) c) S 1 17 17 0 -1 4194560 1 2 3 4 50 60 7 8 20 0 1 0 100\n";
		assertThat(ProcFs.cpuTicks(stat, false)).isEqualTo(110);
		assertThat(ProcFs.cpuTicks(stat, true)).isEqualTo(125);
	}

	@Test
	void seesItself() {
		assertThat(ProcFs.residentKib(ProcessHandle.current().pid())).isPositive();
	}

}
