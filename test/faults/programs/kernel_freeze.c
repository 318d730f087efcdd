// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=5 */
/*
 * Every processor spins with its interrupts off: the VM is there and answers
 * no more, and nothing can say why.
 */
#include <sched.h>
#include "../fault.h"

static cpu_set_t one;

int main(void)
{
	all_is_well();
	for (long cpu = sysconf(_SC_NPROCESSORS_ONLN) - 1; cpu >= 0; cpu--) {
		if (cpu && fork())
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		fault("freeze");
	}
	return 0;
}
