// SPDX-License-Identifier: GPL-2.0-only
/* kbt: cpus=3 append="kbt_word=here" device=edu user=nobody */
/* Asks for a machine, a command line, a device and a user, and looks whether it has them. */
#include "../fault.h"

static int has(const char *path, const char *word)
{
	char text[4096];
	FILE *file = fopen(path, "r");
	size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	text[size] = '\0';
	if (file)
		fclose(file);
	return strstr(text, word) != NULL;
}

int main(void)
{
	puts("TAP version 13\n1..4");
	printf("%s 1 processors\n", sysconf(_SC_NPROCESSORS_ONLN) == 3 ? "ok" : "not ok");
	printf("%s 2 command line\n", has("/proc/cmdline", "kbt_word=here") ? "ok" : "not ok");
	/* The device that QEMU calls edu. */
	printf("%s 3 device\n", has("/proc/bus/pci/devices", "123411e8") ? "ok" : "not ok");
	printf("%s 4 user\n", getuid() == 65534 ? "ok" : "not ok");
	return 0;
}
