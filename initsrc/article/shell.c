#include <unistd.h>
#include <sys/wait.h>

int main(){
    char cmd[255];
    for(;;){
        write(1, "# ", 2);
        int count = read(0, cmd, 255);
        // write(1, "", );
        cmd[count - 1] = 0;
        pid_t child = fork();
        if (child == -1){
            write(1, "fork failed!\nexit!!!", 21);
            break;
        }
        if (child == 0){
            execve(cmd, 0, NULL);
            break;
        }
        siginfo_t infop;
        waitid(P_ALL, 0, &infop, WEXITED);
    }
    return 0;
}
