// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaves a process that has the kernel warn as soon as the next program has
 * begun: that one would be blamed.
 */
#include "../fault.h"

int main(void)
{
	char record[1024];
	ssize_t size;
	int log;

	all_is_well();
	log = open("/dev/kmsg", O_RDONLY);
	lseek(log, 0, SEEK_END);
	if (leave_a_process())
		return 0;
	while ((size = read(log, record, sizeof(record) - 1)) > 0) {
		record[size] = '\0';
		if (strstr(record, "kbt-begin "))
			break;
	}
	fault("warn");
	return 0;
}
