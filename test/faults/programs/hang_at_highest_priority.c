// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=2 */
/*
 * Spins on every processor at the highest priority: whoever is to end it
 * hardly runs.
 */
#include <pthread.h>
#include <sched.h>
#include "../fault.h"

static void *spin(void *nothing)
{
	for (volatile int i = 0;; i++)
		;
	return nothing;
}

static const struct sched_param most = { .sched_priority = 99 };
static pthread_attr_t how;
static pthread_t thread;

int main(void)
{
	all_is_well();
	pthread_attr_init(&how);
	pthread_attr_setinheritsched(&how, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&how, SCHED_FIFO);
	pthread_attr_setschedparam(&how, &most);
	for (long i = sysconf(_SC_NPROCESSORS_ONLN); i > 0; i--)
		pthread_create(&thread, &how, spin, NULL);
	for (;;)
		pause();
}
