"""The names of the jobs that wait, of the one that runs, and of those that are done."""
pending_tasks, finished_tasks = {}, []
current_task = None


def add_task_to_queue(id_job):
    pending_tasks[id_job] = True


def start_task(id_task):
    global current_task
    current_task = id_task
    pending_tasks.pop(id_task, None)


def finish_task(id_task):
    global current_task
    current_task = None
    finished_tasks.append(id_task)
